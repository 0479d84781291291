"""Which links are followed, and how much of them is kept."""

from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import given, strategies as st
from mail_engagement.tools.body.link_policy import LinkPolicy, same_organisation, stored_url

POLICY = LinkPolicy(frozenset({"odoo.shop.test"}), "https://odoo.shop.test/e", aligned=False)
ALIGNED = replace(POLICY, aligned=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.test/offer",
        "http://shop.test",
        "HTTPS://shop.test/x",
        "https://odoo.shop.test/mail/view?model=sale.order&res_id=7&access_token=abc",
        "https://odoo.shop.test/my/orders/7?access_token=abc",
        "https://odoo.shop.test/my/invoices/7?access_token=abc",
    ],
)
def test_followed(url):
    assert POLICY.follows(url, "View quotation")


@pytest.mark.parametrize(
    "url",
    [
        "", "#top", "mailto:a@b.test", "tel:+81", "sms:+81", "cid:1", "data:text/html,x",
        "/relative", "javascript:alert(1)", "ftp://shop.test", "{{ object.url }}",
        "https://{{ host }}/x",
        "https://user:pass@shop.test/", "https://odoo.shop.test/e/c/token",
        "https://shop.test/unsubscribe?x=1", "https://shop.test/mail/unfollow?x",
        "https://odoo.shop.test/unsubscribe_from_list", "https://odoo.shop.test/r/abc",
        "https://odoo.shop.test/mailing/7/view", "https://shop.test/web/reset_password?token=1",
        "https://shop.test/web/signup?token=1", "https://shop.test/x?auth_signup_token=1",
        "https://shop.test/#/unsubscribe/7", "https://[broken",
    ],
)  # fmt: skip
def test_left_alone(url):
    assert not POLICY.follows(url, "here")


# Of other systems, in any order of words.
ONE_TIME = [
    "https://shop.example/accounts/password/reset/abc",
    "https://shop.example/password/reset/T?email=a",
    "https://shop.example/wp-login.php?action=rp&key=K&login=u",
    "https://shop.example/wp-login.php?action=lostpassword",
    "https://shop.example/wp-login.php?action=resetpass",
    "https://shop.example/forgot-password/x",
    "https://shop.example/magic-link?token=x",
    "https://shop.example/users/password/edit?reset_password_token=x",
    "https://shop.example/password_reset/x",
    "https://shop.example/passwordreset?c=1",
    "https://shop.example/resetPassword/x",
    "https://shop.example/ResetPassword.aspx?id=1",
    "https://shop.example/pwreset/x",
    "https://shop.example/pwd-reset",
    "https://shop.example/lostpw",
    "https://shop.example/lost_password",
    "https://shop.example/set-your-password?u=1",
    "https://shop.example/create_new_password",
    "https://shop.example/account/password/change",
    "https://shop.example/change%2Dpassword/1",
    "https://shop.example/auth/recover/1",
    "https://shop.example/user/reset/1/1700000000/abc/login",
    "https://shop.example/index.php?route=account/forgotten",
    "https://shop.example/index.php?main_page=password_forgotten",
    "https://shop.example/reset?t=x",
    "https://shop.example/#/reset-password?token=x",
    "https://shop.example/#access_token=x&type=recovery",
    "https://shop.example/__/auth/action?mode=resetPassword&oobCode=x",
    "https://shop.example/action?mode=verifyEmail&x=1",
    "https://shop.example/x?reset_token=1",
    "https://shop.example/x?confirmationToken=1",
    "https://shop.example/verify-email/x",
    "https://shop.example/email/verify/7/abc",
    "https://shop.example/email-verification?x",
    "https://shop.example/accounts/confirm-email/MQ:1abc/",
    "https://shop.example/users/confirmation?confirmation_token=x",
    "https://shop.example/confirm/abc",
    "https://shop.example/newsletter/confirm?c=1",
    "https://shop.example/subscription_confirm.php?x",
    "https://shop.example/activate/uid/token",
    "https://shop.example/account/activation/abc123",
    "https://shop.example/customer/account/confirm/?id=1&key=x",
    "https://shop.example/one-time/abc",
    "https://shop.example/one_time_login/abc",
    "https://shop.example/otp/123456",
    "https://shop.example/x?otp=123456",
    "https://shop.example/2fa",
    "https://shop.example/sso?x=1",
    "https://shop.example/sso/login",
    "https://shop.example/saml/acs",
    "https://shop.example/x?SAMLRequest=fZ",
    "https://shop.example/oauth/authorize?client_id=1",
    "https://login.shop.example/x",
    "https://sso.shop.example/x",
    "https://shop.example/login",
    "https://shop.example/fr/sign-in?next=/x",
    "https://shop.example/login-link/abc",
    "https://shop.example/email_login?x",
    "https://shop.example/m/callback?magic_token=x",
    "https://shop.example/invite/abc",
    "https://shop.example/users/invitation/accept?invitation_token=x",
    "https://shop.example/accept-invitation?x",
    "https://shop.example/x?invite=abc",
    "https://shop.example/signup?token=x",
    "https://shop.example/register/4f2a9c",
    "https://shop.example/join?code=x",
    "https://shop.example/join/0b1c5a52-7a7d-4d3c-9b1e-2f6a7c8d9e0f",
    "https://shop.example/x?signup_token=1",
    "https://shop.example/unlock/abc",
    "https://shop.example/wp-activate.php?key=x",
    "https://shop.example/login-by-email?t=1",
    "https://shop.example/one-click-login?t",
    "https://shop.example/otp-verify",
    "https://shop.example/sign-up/complete?t=1",
    "https://shop.example/email-change?token=x",
    "https://shop.example/account/delete?token=x",
    "https://shop.example/device/approve/abc",
    "https://shop.example/temporary-password",
    "https://shop.example/fr/reinitialiser-mot-de-passe",
    "https://shop.example/de/passwort-zuruecksetzen?t",
    "https://shop.example/logout?x=1",
    "https://meet.example/j/1234?pwd=abc",
    "https://shop.example/Unsubscribe.aspx?x",
    "https://shop.example/email/optout/1",
    "https://shop.example/list/opt_out",
    "https://shop.example/email-preferences/1",
    "https://shop.example/manage_subscriptions?u=1",
    "https://shop.example/mot-de-passe/oublie",
    "https://shop.example/passwort-vergessen",
    "https://shop.example/newsletter/abmelden/1",
    "https://shop.example/se-desabonner/1",
    "https://shop.example/%E3%83%91%E3%82%B9%E3%83%AF%E3%83%BC%E3%83%89/%E5%86%8D%E8%A8%AD%E5%AE%9A",
    "https://shop.example/%E9%85%8D%E4%BF%A1%E5%81%9C%E6%AD%A2",
    "https://shop.example/de/konto/bestaetigen/abc123",
    "https://shop.example/konto-aktivieren/abc",
    "https://shop.example/e-mail-adresse-best%C3%A4tigen/abc",
    "https://shop.example/nl/bevestig-inschrijving/abc",
    "https://shop.example/fr/confirmer-mon-adresse/abc",
    "https://shop.example/es/confirmar-cuenta/abc",
    "https://shop.example/pl/potwierdz-konto/abc",
    "https://shop.example/users/sign_in_with_token/abc",
    "https://shop.example/recover-account/abc",
    "https://shop.example/password_resets/abc/edit",
    "https://shop.example/glemt-adgangskode",
    "https://shop.example/aterstall-losenord/abc",
    "https://shop.example/glemt-passord/abc",
    "https://shop.example/resetuj-haslo/abc",
    "https://shop.example/obnova-hesla/abc",
    "https://shop.example/sifre-sifirlama/abc",
    "https://shop.example/unohtunut-salasana/abc",
    "https://shop.example/elfelejtett-jelszo/abc",
    "https://shop.example/%D1%81%D0%B1%D1%80%D0%BE%D1%81-%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8F/abc",
    "https://shop.example/%EB%B9%84%EB%B0%80%EB%B2%88%ED%98%B8-%EC%9E%AC%EC%84%A4%EC%A0%95/abc",
    "https://join.shop.example/t/x/shared_invite/abc",
    "https://git.shop.example/users/x/emails/1/confirm_verification/abc",
    "https://shop.example/newsletter/optin/abc",
    "https://shop.example/newsletter/afmeld/abc",
    "https://shop.example/newsletter/wypisz/abc",
    "https://shop.example/newsletter/cancelar-inscricao/abc",
    "https://shop.example/newsletter/cancelar-suscripcion/abc",
    "https://shop.example/newsletter/annulla-iscrizione/abc",
    "https://shop.example/abonelikten-cik/abc",
    "https://shop.example/%D0%BE%D1%82%D0%BF%D0%B8%D1%81%D0%B0%D1%82%D1%8C%D1%81%D1%8F/abc",
    "https://shop.example/%EC%88%98%EC%8B%A0%EA%B1%B0%EB%B6%80/abc",
    "https://wrapper.example/?url=https%3A%2F%2Fshop.example%2Funsubscribe%2F1",
    "https://wrapper.example/?u=https%3A%2F%2Fw.example%2F%3Fu%3Dhttps%253A%252F%252Fs.example%252Flogin",
]  # fmt: skip
# What people send each other, with the same words in it.
OF_USE = [
    "https://shop.example/konto/eroeffnen",
    "https://shop.example/bestaetigung-ihrer-bestellung",
    "https://shop.example/auftrag/bestaetigen-wir-gerne",
    "https://shop.example/adressen-und-konten",
    "https://shop.example/recovery-drinks",
    "https://shop.example/passordner",
    "https://shop.example/heslo-dne",
    "https://shop.example/shared-folder/x",
    "https://shop.example/%E7%A2%BA%E8%AA%8D%E6%B8%88%E3%81%BF%E8%A6%8B%E7%A9%8D",
    "https://shop.example/",
    "https://shop.example/one-time-offer",
    "https://shop.example/magic-mouse-2",
    "https://shop.example/products/password-manager",
    "https://shop.example/blog/how-to-invite-your-team",
    "https://shop.example/blog/why-we-never-forget-a-customer",
    "https://shop.example/invitation-cards",
    "https://shop.example/register",
    "https://shop.example/register/webinar-2026",
    "https://shop.example/webinar/signup?utm_source=mail",
    "https://shop.example/join/our-team",
    "https://shop.example/pass/season",
    "https://shop.example/new-passenger-seats",
    "https://shop.example/compass/new",
    "https://shop.example/asset/pwa",
    "https://shop.example/activated-charcoal",
    "https://shop.example/reset-button-red",
    "https://shop.example/order/confirmation",
    "https://shop.example/authors/jane",
    "https://shop.example/blog/ten-login-screens-we-like",
    "https://shop.example/verifying-suppliers",
    "https://shop.example/settings-guide",
    "https://shop.example/x?utm_campaign=password-reset&utm_content=login",
    "https://shop.example/search?text=reset+password",
    "https://shop.example/my/orders/7?access_token=abc",
    "https://shop.example/rate/0b1c5a52-7a7d-4d3c-9b1e-2f6a7c8d9e0f/5",
    "https://shop.example/survey/start/0b1c5a52-7a7d-4d3c-9b1e-2f6a7c8d9e0f",
    "https://cdn.example/f/1BxiMVs0XRA5nFMdKvBd-ZjgmUU?token=abc&expires=1",
    "https://wrapper.example/?url=https%3A%2F%2Fshop.example%2Foffer",
]  # fmt: skip


@pytest.mark.parametrize("url", ONE_TIME)
def test_what_acts_for_whoever_opens_it_is_left_alone(url):
    assert not ALIGNED.follows(url, "here")


@pytest.mark.parametrize("url", OF_USE)
def test_what_only_has_such_words_is_followed(url):
    assert ALIGNED.follows(url, "here")


@pytest.mark.parametrize(
    "text",
    [
        "Reset your password", "Forgot the password?", "Choose a new password",
        "Confirm your e-mail",
        "Verify my account", "Activate account", "Unsubscribe", "click here to opt out",
        "Your magic link", "Mot de passe oublié", "Se désabonner", "Passwort zurücksetzen",
        "Vom Newsletter abmelden", "配信停止", "メールの配信停止はこちら", "パスワードの再設定",
        "パスワードを変更する", "メールアドレスを確認する", "アカウントを有効化",
        "E-Mail-Adresse bestätigen", "Konto aktivieren", "Confirmez votre adresse",
        "Confirma tu cuenta", "Conferma il tuo account",
        "Bevestig je e-mailadres", "Återställ lösenord", "Zresetuj hasło", "Сбросить пароль",
        "Подтвердить адрес", "Отписаться", "비밀번호 재설정", "수신거부", "Şifremi sıfırla",
    ],
)  # fmt: skip
def test_texts_that_say_so(text):
    """Where the address says nothing."""
    assert not ALIGNED.follows("https://t.shop.example/k/17", text)


WORDS = st.sampled_from(
    ["password reset", "reset password", "verify email", "magic link", "one time login", "opt out"]
)
STYLES = st.sampled_from(["-", "_", "", "/", ".", "%20", "+", "Camel"])


@given(WORDS, STYLES, st.sampled_from(["path", "fragment", "action"]), st.booleans())
def test_however_the_words_are_parted(words, style, where, is_loud):
    """The same two words, as each framework writes them, wherever they stand."""
    if style == "Camel":
        text = "".join(word.capitalize() for word in words.split())
    else:
        text = words.replace(" ", style)
    if is_loud and style != "Camel":
        text = text.upper()
    url = {"path": "x/{}/k17", "fragment": "#/{}?x=1", "action": "x.php?do={}"}[where].format(text)
    assert not ALIGNED.follows(f"https://shop.example/{url}", "here")


OWN = ["/mail/unfollow?x", "/mailing/7/view", "/r/abc", "/web/login", "/web/signup", "/view?x=1"]


@pytest.mark.parametrize("path", OWN)
@pytest.mark.parametrize("language", ["", "/fr", "/en_US", "/fr-BE", "/es_419", "/sr@latin"])
def test_paths_of_odoo_behind_any_language(path, language):
    assert not ALIGNED.follows(f"https://odoo.shop.test{language}{path}", "here")


@pytest.mark.parametrize("path", ["/fr/r/abc", "/en_US/mailing/7/view", "/r/abc"])
def test_they_are_odoos_only_on_its_hosts(path):
    assert ALIGNED.follows(f"https://shop.example{path}", "here")


TAGS = [
    "{{name}}", "{{ object.id }}", "{% if x %}", "*|UNIQID|*", "*|MERGE1:URL|*", "%%subscriber%%",
    "%%=v(@x)=%%", "[[name]]", "[[data:name:\"\"]]", "${name}", "<%name%>", "<%= @name %>",
    "#{name}",
    "%(name)s", "%NAME%", "%recipient.id%", "{$name}", "{!Contact.Name}", "{name}", "##name##",
    "$$name$$", "[%name%]",
]  # fmt: skip


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("form", ["https://shop.example/{}/x", "https://shop.example/?a=1&n={}"])
def test_what_another_system_is_still_to_fill_in(tag, form):
    assert not ALIGNED.follows(form.format(tag), "here")
    assert not ALIGNED.follows(form.format(quote(tag)), "here")
    assert not ALIGNED.follows(f"https://{tag}/x", "here")


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/100%25%20off", "https://shop.example/?a[]=1&b[c]=2",
        "https://shop.example/caf%C3%A9t%C3%A9", "https://shop.example/?q=50%",
        "https://shop.example/#%7B%22a%22%3A1%7D", "https://shop.example/$5", "https://shop.example/a*b",
        "https://shop.example/?filter=%5B%5B%22stage%22%2C%22%3D%22%2C1%5D%5D",
        "https://shop.example/{3F2504E0-4F89-11D3-9A0C-0305E82C3301}",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_merge_tag(url):
    assert ALIGNED.follows(url, "here")


@pytest.mark.parametrize(
    "text",
    [
        "https://shop.test", "www.shop.test", "shop.test/offer", "https://shop.example/x (offer)",
        "https://shop.example/x our shop", "see https://shop.example", "shop.example/x – now",
        "our shop: shop.example, open now", "shop.example:8080/x", "shop.example?x=1",
        "shop.example#x", "shop.weird:8080", "write to ann@shop.example", "ann@shop.example",
        "HTTP://SHOP.EXAMPLE", "ftp://x/y", "Shop.Co.Uk", "https://shop", "(shop.com)",
        "“shop.com”",
        "詳しくはshop.example.jpへ", "詳細はhttps://shop.exampleへ", "straße.de", "пример.рф",
        "日本.jp", "www .shop.example", "https ://shop.example", "shop。example", "localhost:8069",
        "xn--strae-oqa.example", "sh\u00adop.exa\u200bmple", "ｓｈｏｐ．ｃｏｍ", "10.0.0.1:8069",
        "http://[::1]/", "shop.example.", "a_b.shop.com", "long words " * 20 + "shop.example",
    ],
)  # fmt: skip
def test_addresses_in_the_text(text):
    """Mail clients warn of a link that shows one address and leads to another."""
    assert not POLICY.follows("https://shop.test", text)
    assert ALIGNED.follows("https://shop.test", text)


@pytest.mark.parametrize(
    "text",
    [
        "", "our offer", "Offer_2024.pdf – 2 pages", "version 1.2.3", "at 10.30 a.m.",
        "e.g. this one",
        "End. Begin", "... more", "10:30", "Re: offer", "Dr.-Ing. Meyer", "@shop", "3.500,00 €",
        "v2.0",
        "続きを読む。", "No. 7/2024", "and/or", "見積書はこちら。次へ", "www", "http",
    ],
)  # fmt: skip
def test_no_addresses_in_the_text(text):
    assert POLICY.follows("https://shop.test", text)


@given(st.text(max_size=30), st.text(max_size=30))
def test_an_address_is_found_anywhere(before, after):
    text = f"{before} https://shop.example/x {after}"
    assert not POLICY.follows("https://shop.test", text)


@pytest.mark.parametrize("piece", ["a", "a.", "www.", "a@", "[:", "reset", "your", "%%", "1."])
def test_long_input_takes_no_long_time(piece):
    """Each is read in one pass; one that is not would not be done within the suite's limit."""
    POLICY.follows("https://shop.test/" + piece * 100_000, "x")
    POLICY.follows("https://shop.test/" + piece * (1300 // len(piece)), piece * 100_000)


def test_same_organisation():
    assert same_organisation("mail.shop.co.jp", "shop.co.jp")
    assert not same_organisation("a.co.jp", "b.co.jp")
    assert not same_organisation("", "shop.test")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://shop.test/a?page=2#top", "https://shop.test/a?page=2#top"),
        ("https://shop.test/my/orders/7?access_token=5f2", "https://shop.test/my/orders/7"),
        ("https://shop.test/x?id=7&sig=abc", "https://shop.test/x"),
        ("https://shop.test/x?u=eyJhbGciOiJIUzI1NiJ9abc123", "https://shop.test/x"),
        ("https://shop.test/x#access_token=1", "https://shop.test/x"),
        ("https://user:pass@shop.test/x", "https://shop.test/x"),
        ("https://shop.test/sign/7/9f2c41d0a7b84e55/view", "https://shop.test/sign/7/…/view"),
        ("https://shop.test/d/1BxiMVs0XRA5nFMdKvBd-ZjgmUU", "https://shop.test/d/…"),
        ("https://shop.test/iPhone-15-Pro-Max-256GB", "https://shop.test/iPhone-15-Pro-Max-256GB"),
        (
            "https://shop.test/%E3%82%AA%E3%83%95%E3%82",
            "https://shop.test/%E3%82%AA%E3%83%95%E3%82",
        ),
    ],
)
def test_no_secrets_are_kept(url, kept):
    assert stored_url(url) == kept
