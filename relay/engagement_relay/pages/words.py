"""The words of the edges' pages, in each language of ``language.LANGUAGES``."""

from typing import NamedTuple


class Words(NamedTuple):
    """Of each page the title and a paragraph.

    :ivar leaving: ``{host}`` in the title is where to
    """

    not_found: tuple[str, str]
    retry: tuple[str, str]
    too_often: tuple[str, str]
    bad_request: tuple[str, str]
    leaving: tuple[str, str]


# By the language's tag without its region.
WORDS = {
    "de": Words(
        not_found=(
            "Dieser Link führt ins Leere",
            "Vielleicht wurde er unterwegs abgeschnitten oder verändert, oder sein Ziel gibt es"
            " nicht mehr. Bitte wenden Sie sich an den Absender der E-Mail.",
        ),
        retry=(
            "Einen Moment, bitte",
            "Was Sie aufrufen möchten, ist gerade nicht erreichbar. Diese Seite versucht es von"
            " selbst noch einmal; Sie können auch später wiederkommen, der Link bleibt gültig.",
        ),
        too_often=(
            "Bitte etwas langsamer",
            "Aus Ihrem Netzwerk kamen zu viele Anfragen. Bitte versuchen Sie es in einer Minute"
            " noch einmal.",
        ),
        bad_request=(
            "Diese Anfrage ist nicht lesbar",
            "Ihr Programm hat eine ungültige Anfrage gesendet. Bitte öffnen Sie den Link aus der"
            " E-Mail noch einmal.",
        ),
        leaving=(
            "Sie wechseln zu {host}",
            "Die E-Mail, aus der Sie kommen, verweist auf die folgende Adresse. Fahren Sie nur"
            " fort, wenn Sie sie erwartet haben.",
        ),
    ),
    "en": Words(
        not_found=(
            "This link leads nowhere",
            "It may have been cut off or changed on its way, or what it led to is no longer there."
            " Please ask the sender of the e-mail for it.",
        ),
        retry=(
            "One moment, please",
            "What you asked for cannot be reached right now. This page tries again by itself;"
            " you can also come back later, the link stays valid.",
        ),
        too_often=(
            "A little slower, please",
            "Too many requests came from your network. Please try again in a minute.",
        ),
        bad_request=(
            "This request cannot be read",
            "Your program asked in a way that has no meaning. Please open the link from the e-mail"
            " again.",
        ),
        leaving=(
            "You are leaving to {host}",
            "The e-mail that you came from links to the following address."
            " Go on only if you expected it.",
        ),
    ),
    "es": Words(
        not_found=(
            "Este enlace no lleva a ninguna parte",
            "Es posible que se haya cortado o modificado por el camino, o que su destino ya no"
            " exista. Consulte al remitente del correo electrónico.",
        ),
        retry=(
            "Un momento, por favor",
            "Lo que solicita no está disponible en este momento. Esta página volverá a intentarlo"
            " por sí sola; también puede volver más tarde, el enlace sigue siendo válido.",
        ),
        too_often=(
            "Un poco más despacio, por favor",
            "Han llegado demasiadas solicitudes desde su red. Vuelva a intentarlo dentro de un"
            " minuto.",
        ),
        bad_request=(
            "No se puede leer esta solicitud",
            "Su programa ha enviado una solicitud no válida. Abra de nuevo el enlace del correo"
            " electrónico.",
        ),
        leaving=(
            "Va a salir hacia {host}",
            "El correo electrónico del que viene enlaza a la siguiente dirección. Continúe solo si"
            " la esperaba.",
        ),
    ),
    "fr": Words(
        not_found=(
            "Ce lien ne mène nulle part",
            "Il a pu être coupé ou modifié en route, ou ce vers quoi il menait n'existe plus."
            " Demandez-le à l'expéditeur de l'e-mail.",
        ),
        retry=(
            "Un instant, s'il vous plaît",
            "Ce que vous demandez n'est pas joignable pour le moment. Cette page réessaie"
            " d'elle-même ; vous pouvez aussi revenir plus tard, le lien reste valable.",
        ),
        too_often=(
            "Un peu moins vite, s'il vous plaît",
            "Trop de demandes sont venues de votre réseau. Réessayez dans une minute.",
        ),
        bad_request=(
            "Cette demande est illisible",
            "Votre programme a fait une demande qui n'a pas de sens. Ouvrez de nouveau le lien"
            " de l'e-mail.",
        ),
        leaving=(
            "Vous partez vers {host}",
            "L'e-mail d'où vous venez renvoie à l'adresse suivante. Ne continuez que si vous vous"
            " y attendiez.",
        ),
    ),
    "it": Words(
        not_found=(
            "Questo link non porta da nessuna parte",
            "Potrebbe essere stato troncato o modificato lungo il percorso, oppure la destinazione"
            " non esiste più. Si rivolga al mittente dell'e-mail.",
        ),
        retry=(
            "Un momento, per favore",
            "Ciò che ha richiesto non è raggiungibile in questo momento. Questa pagina riprova da"
            " sola; può anche tornare più tardi, il link resta valido.",
        ),
        too_often=(
            "Un po' più piano, per favore",
            "Dalla Sua rete sono arrivate troppe richieste. Riprovi tra un minuto.",
        ),
        bad_request=(
            "Questa richiesta non è leggibile",
            "Il Suo programma ha inviato una richiesta non valida. Apra di nuovo il link"
            " dell'e-mail.",
        ),
        leaving=(
            "Sta per passare a {host}",
            "L'e-mail da cui proviene rimanda all'indirizzo seguente. Prosegua solo se è"
            " quello che si aspettava.",
        ),
    ),
    "nl": Words(
        not_found=(
            "Deze link leidt nergens heen",
            "Misschien is hij onderweg afgebroken of gewijzigd, of bestaat de bestemming niet meer."
            " Neem contact op met de afzender van de e-mail.",
        ),
        retry=(
            "Een ogenblik geduld, alstublieft",
            "Wat u opvraagt, is op dit moment niet bereikbaar. Deze pagina probeert het vanzelf"
            " opnieuw; u kunt ook later terugkomen, de link blijft geldig.",
        ),
        too_often=(
            "Iets langzamer, alstublieft",
            "Er kwamen te veel verzoeken van uw netwerk. Probeer het over een minuut opnieuw.",
        ),
        bad_request=(
            "Dit verzoek kan niet worden gelezen",
            "Uw programma heeft een ongeldig verzoek verstuurd. Open de link in de e-mail opnieuw.",
        ),
        leaving=(
            "U gaat naar {host}",
            "De e-mail waar u vandaan komt, verwijst naar het volgende adres. Ga alleen verder als"
            " u dit adres verwachtte.",
        ),
    ),
    "pl": Words(
        not_found=(
            "Ten link donikąd nie prowadzi",
            "Mógł zostać po drodze ucięty lub zmieniony albo jego cel już nie istnieje. Prosimy"
            " zwrócić się do nadawcy wiadomości e-mail.",
        ),
        retry=(
            "Prosimy o chwilę cierpliwości",
            "Żądana treść jest w tej chwili niedostępna. Ta strona sama ponowi próbę; można też"
            " wrócić później, link pozostaje ważny.",
        ),
        too_often=(
            "Prosimy trochę wolniej",
            "Z Państwa sieci nadeszło zbyt wiele żądań. Prosimy spróbować ponownie za minutę.",
        ),
        bad_request=(
            "Nie można odczytać tego żądania",
            "Program wysłał nieprawidłowe żądanie. Prosimy ponownie otworzyć link z wiadomości"
            " e-mail.",
        ),
        leaving=(
            "Przechodzą Państwo do {host}",
            "Link z wiadomości e-mail prowadzi pod poniższy adres. Prosimy przejść dalej tylko"
            " wtedy, gdy spodziewali się Państwo tego adresu.",
        ),
    ),
    "pt": Words(
        not_found=(
            "Este link não leva a lugar nenhum",
            "Ele pode ter sido cortado ou alterado no caminho, ou o destino não existe mais."
            " Consulte o remetente do e-mail.",
        ),
        retry=(
            "Um momento, por favor",
            "O que você solicitou não está acessível agora. Esta página tenta de novo sozinha;"
            " você também pode voltar mais tarde, o link continua válido.",
        ),
        too_often=(
            "Um pouco mais devagar, por favor",
            "Sua rede enviou solicitações demais. Tente novamente em um minuto.",
        ),
        bad_request=(
            "Não é possível ler esta solicitação",
            "Seu programa enviou uma solicitação inválida. Abra novamente o link do e-mail.",
        ),
        leaving=(
            "Você está indo para {host}",
            "O e-mail de onde você veio aponta para o endereço a seguir. Continue somente se você"
            " o esperava.",
        ),
    ),
    "tr": Words(
        not_found=(
            "Bu bağlantı hiçbir yere götürmüyor",
            "Bağlantı yolda kesilmiş veya değiştirilmiş ya da hedefi kaldırılmış olabilir. Lütfen"
            " e-postayı gönderene başvurun.",
        ),
        retry=(
            "Lütfen biraz bekleyin",
            "İstediğiniz içeriğe şu anda ulaşılamıyor. Bu sayfa kendiliğinden yeniden dener;"
            " dilerseniz daha sonra da gelebilirsiniz, bağlantı geçerli kalır.",
        ),
        too_often=(
            "Biraz daha yavaş, lütfen",
            "Ağınızdan çok fazla istek geldi. Lütfen bir dakika sonra yeniden deneyin.",
        ),
        bad_request=(
            "Bu istek okunamıyor",
            "Programınız geçersiz bir istek gönderdi. Lütfen e-postadaki bağlantıyı yeniden açın.",
        ),
        leaving=(
            "{host} adresine gidiyorsunuz",
            "Geldiğiniz e-postadaki bağlantı aşağıdaki adrese götürüyor. Yalnızca bu adresi"
            " bekliyorsanız devam edin.",
        ),
    ),
    "ar": Words(
        not_found=(
            "هذا الرابط لا يؤدي إلى أي مكان",
            "ربما قُطع أو تغيّر في الطريق، أو لم يعد ما يؤدي إليه موجودًا."
            " يُرجى سؤال مُرسِل البريد الإلكتروني عنه.",
        ),
        retry=(
            "لحظة من فضلك",
            "يتعذر الوصول إلى ما طلبته حاليًا. تعيد هذه الصفحة المحاولة من تلقاء نفسها،"
            " ويمكنك أيضًا العودة لاحقًا، فالرابط يظل صالحًا.",
        ),
        too_often=(
            "تمهّل قليلًا من فضلك",
            "وردت طلبات كثيرة جدًا من شبكتك. يُرجى إعادة المحاولة بعد دقيقة.",
        ),
        bad_request=(
            "تتعذر قراءة هذا الطلب",
            "أرسل برنامجك طلبًا غير صالح. يُرجى فتح الرابط من رسالة البريد الإلكتروني مرة أخرى.",
        ),
        leaving=(
            # Isolated: a host name is written from left to right.
            "أنت تنتقل إلى \u2068{host}\u2069",
            "الرسالة التي أتيت منها تتضمن رابطًا إلى العنوان التالي. لا تتابع إلا إذا كنت تتوقعه.",
        ),
    ),
    "ja": Words(
        not_found=(
            "このリンクは使えません",
            "途中で切れたか書き換えられたか、またはリンク先が既に存在しない可能性があります。"
            "メールの送信者にお問い合わせください。",
        ),
        retry=(
            "少々お待ちください",
            "現在つながりにくくなっています。このページは自動的に再試行します。"
            "後でもう一度開くこともできます。リンクは有効なままです。",
        ),
        too_often=(
            "少し間を空けてください",
            "お使いのネットワークからのアクセスが多すぎます。1分後にもう一度お試しください。",
        ),
        bad_request=(
            "リクエストを読み取れません",
            "お使いのプログラムのリクエストに誤りがあります。"
            "メールのリンクをもう一度開いてください。",
        ),
        leaving=(
            "{host} へ移動します",
            "メールのリンク先は次のアドレスです。心当たりがある場合のみお進みください。",
        ),
    ),
    "zh": Words(
        not_found=(
            "此链接无法打开",
            "链接可能在途中被截断或更改，或者其内容已不存在。请联系邮件发件人。",
        ),
        retry=(
            "请稍候",
            "您请求的内容暂时无法访问。此页面会自动重试；您也可以稍后再来，链接仍然有效。",
        ),
        too_often=(
            "请稍慢一些",
            "来自您所在网络的请求过多。请在一分钟后重试。",
        ),
        bad_request=(
            "无法读取此请求",
            "您的程序发送了无效的请求。请重新打开邮件中的链接。",
        ),
        leaving=(
            "您即将前往 {host}",
            "您所点击的邮件链接指向以下地址。请仅在您本来就要访问该地址时继续。",
        ),
    ),
}
