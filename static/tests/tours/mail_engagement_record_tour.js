import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("mail_engagement_record", {
    steps: () => [
        {
            content: "Only what was opened lately",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: "Filter",
            trigger: ".o_filter_menu .o-dropdown-item:contains(Opened in the Last 24 Hours)",
            run: "click",
        },
        {
            content: "The others are gone",
            trigger: ".o_list_view:not(:has(.o_data_row:contains(Quiet)))",
        },
        {
            content: "and this one is there, with its date",
            trigger: ".o_data_row:contains(Solar roof) [name=engagement_last_at] time",
        },
        {
            content: "Without the filter",
            trigger: ".o_facet_remove:last",
            run: "click",
        },
        {
            content: "Both are there",
            trigger: ".o_data_row:contains(Quiet)",
        },
        {
            content: "By score",
            trigger: "th[data-name=engagement_score]",
            run: "click",
        },
        {
            content: "The coldest first",
            trigger: ".o_data_row:first:contains(Quiet)",
        },
        {
            content: "The other way round",
            trigger: "th[data-name=engagement_score]",
            run: "click",
        },
        {
            content: "The warmest first",
            trigger: ".o_data_row:first:contains(Solar roof) [name=name]",
            run: "click",
        },
        {
            content: "Its time line",
            trigger: ".nav-link[name=engagement]",
            run: "click",
        },
        {
            content: "The score explains itself",
            trigger: "[name=engagement_score_text]:contains(1 opened)",
        },
        {
            content: "Ten mails at first",
            trigger: ".o-mail-EngagementTimeline > ol > li:nth-child(10):last-child",
        },
        {
            content: "The rest",
            trigger: ".o-mail-EngagementTimeline button:contains(Show Earlier)",
            run: "click",
        },
        {
            content: "All of them",
            trigger: ".o-mail-EngagementTimeline > ol > li:nth-child(12):last-child",
        },
        {
            content: "The earliest was opened",
            trigger:
                ".o-mail-EngagementTimeline li:last-child:contains(About the roof) li:contains(Opened)",
        },
    ],
});

registry.category("web_tour.tours").add("mail_engagement_kanban", {
    steps: () => [
        {
            content: "A card tells the last engagement",
            trigger: ".o_kanban_record:contains(Solar roof) [name=engagement_last_at] time",
        },
        {
            content: "Favorites sort cards",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: "The latest first",
            trigger: ".o_favorite_menu .o-dropdown-item:contains(Latest Engagement)",
            run: "click",
        },
        {
            content: "The one that was opened comes first",
            trigger: ".o_kanban_group .o_kanban_record:first:contains(Solar roof)",
        },
    ],
});
