"""axe-core: what keeps people from using a page, found in the page itself."""

from . import node

SOURCE = node.tools().parent / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
# Odoo's own, in which our screens stand: a rule, the elements, and what is said against them.
ODOOS = (
    ("html-has-lang", "html", "the web client's page names no language"),
    ("aria-required-children", ".o_menu_sections, .o_menu_systray", "a menu bar of buttons"),
    ("aria-required-parent", ".o_menu_brand", "an entry of that bar outside it"),
    ("aria-required-parent", ".o_notebook .nav-link, .settings_tab .tab", "tabs without a list"),
    ("aria-required-parent", ".o_searchview_facet", "facets without a list"),
    ("aria-allowed-attr", ".o_searchview, .o_searchview *", "the search bar"),
    ("aria-command-name", ".o_searchview *", "the search bar's icons"),
    ("role-img-alt", ".o_searchview *", "the search bar's icons"),
    ("aria-allowed-attr", ".o-autocomplete--input, .o_select_menu .o-dropdown", "fields' inputs"),
    ("autocomplete-valid", ".o_select_menu_input, .o_select_menu input", "against Chrome's own"),
    ("image-alt", ".o-mail-Avatar img, .o_avatar img", "a face beside its name"),
    ("button-name", ".o_optional_columns_dropdown *", "the list's choice of columns"),
    ("label", ".o_list_record_selector *, .o_field_boolean *", "the list's boxes"),
    ("button-name", ".o_clipboard_button", "the button that copies"),
    ("link-name", ".o_menu_toggle", "the way home, on a phone"),
    ("role-img-alt", ".oi-search", "a loupe"),
    ("aria-allowed-attr", ".o_progress", "a bar of progress"),
    ("aria-allowed-attr", ".o_tag", "tags that may be chosen"),
    ("aria-prohibited-attr", ".o-mail-Chatter *", "the chatter of a form"),
    ("image-alt", ".o-mail-Chatter *", "the chatter of a form"),
    ("role-img-alt", ".o-mail-Chatter *", "the chatter of a form"),
    ("aria-dialog-name", ".modal", "a dialog that is opened by its address"),
    ("color-contrast", ".o_pivot *, td.o_data_cell.text-muted", "Odoo's grey, 4.33:1"),
    ("color-contrast", ".o_data_row.text-muted *, .o_setting_right_pane *", "Odoo's grey, 4.33:1"),
    ("color-contrast", ".o_field_badge *, .o_loading_indicator", "Odoo's bright badges"),
    ("color-contrast", ".o-mail-DateSection *, .o-mail-Message-date", "the chatter's dates"),
)
# Ours, and why it stays: pictures with numbers, whose name says in words what each picture means.
OURS = (("label-content-name-mismatch", ".o-mail-EngagementChip"),)
RUN = """async ({within, rules, odoos}) => {
    const found = await axe.run(within || document, {
        resultTypes: ["violations"],
        ...(rules ? {runOnly: {type: "rule", values: rules}} : {}),
    });
    const isOdoos = (rule, target) => odoos.some(([id, elements]) =>
        id === rule && document.querySelector(target)?.matches(elements));
    return found.violations.flatMap(({id, impact, nodes}) => nodes
        .filter(({target}) => !isOdoos(id, target.at(-1)))
        .map(({html, target, failureSummary}) => ({
            impact, text: [id, html.slice(0, 300), target, failureSummary].join(" | ")})));
}"""
# What fades in has another contrast meanwhile.
STILL = """() => document.getAnimations().every(
    (it) => it.playState !== "running" || it.effect.getTiming().iterations === Infinity)"""


def faults(page, where, rules=None, within=None):
    """What is grave on a page as it stands.

    :param str where: named in front of each
    :param str within: only in these elements
    :param list[str] rules: of axe's, all by default
    :rtype: list[str]
    """
    page.wait_for_function(STILL)
    if not page.evaluate("'axe' in window"):
        page.evaluate(SOURCE.read_text())
    odoos = [*(one[:2] for one in ODOOS), *OURS]
    found = page.evaluate(RUN, {"within": within, "rules": rules, "odoos": odoos})
    return [f"{where}: {one['text']}" for one in found if one["impact"] in GRAVE]
