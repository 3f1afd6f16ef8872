//! Hostile HTML against the sanitiser.

use kontor_mail::html::{plain_to_html, sanitise};

fn clean(html: &str) -> String {
    sanitise(html, &|_| None).html
}

/// Things that must never be in the output, whatever the input.
fn assert_harmless(input: &str, output: &str) {
    let lower = output.to_lowercase();
    for bad in [
        "<script",
        "<iframe",
        "<object",
        "<embed",
        "<form",
        "<input",
        "<button",
        "<svg",
        "<math",
        "<style",
        "<link",
        "<meta",
        "<base",
        "<video",
        "<audio",
        "<template",
        "<noscript",
        "javascript:",
        "vbscript:",
        "data:text",
        "data:image/svg",
        " src=\"http",
        " src=\"//",
        "srcset",
        "url(",
        "expression(",
        "@import",
        "position:",
        "xlink",
        "formaction",
        "<textarea",
        "<!--",
    ] {
        assert!(
            !lower.contains(bad),
            "{bad:?} came through\n in: {input}\nout: {output}"
        );
    }
    // No attribute starts with "on" outside of quoted values.
    let mut quoted = false;
    let mut inside = false;
    let bytes = lower.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' if !quoted => inside = true,
            b'>' if !quoted => inside = false,
            b'"' if inside => quoted = !quoted,
            b' ' if inside && !quoted => {
                assert!(
                    !bytes[at + 1..].starts_with(b"on"),
                    "handler\n in: {input}\nout: {output}"
                );
            }
            _ => {}
        }
    }
}

#[test]
fn known_attacks_do_nothing() {
    for attack in [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=http://x.example/x.js></SCRIPT>",
        "<<script>script>alert(1)<</script>/script>",
        "<img src=x onerror=alert(1)>",
        "<img src=\"x\" OnErRoR=\"alert(1)\">",
        "<img/src=x/onerror=alert(1)>",
        "<img src='javascript:alert(1)'>",
        "<img src=\"jav&#x09;ascript:alert(1)\">",
        "<img src=\" &#14; javascript:alert(1)\">",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
        "<a href=\"java\nscript:alert(1)\">x</a>",
        "<a href=\"&#106;avascript:alert(1)\">x</a>",
        "<a href=\"vbscript:msgbox(1)\">x</a>",
        "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
        "<a href=\"//evil.example/\">x</a>",
        "<a href=\"/logout\">x</a>",
        "<a href=\"#top\" onclick=\"x()\">x</a>",
        "<svg onload=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<svg><animate onbegin=alert(1) attributeName=x></svg>",
        "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
        "<svg><foreignObject><iframe src=javascript:alert(1)></iframe></foreignObject></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
        "<math href=\"javascript:alert(1)\">x</math>",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<style><img src=\"</style><img src=x onerror=alert(1)>\"></style>",
        "<style>@import url(http://x.example/x.css);</style>",
        "<link rel=stylesheet href=http://x.example/x.css>",
        "<meta http-equiv=refresh content=\"0;url=http://x.example/\">",
        "<base href=\"http://x.example/\"><a href=\"x\">x</a>",
        "<iframe src=\"http://x.example/\"></iframe>",
        "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
        "<object data=\"x.swf\"></object><embed src=\"x.swf\">",
        "<form action=\"http://x.example/\"><input name=password><button>Log in</button></form>",
        "<form><button formaction=javascript:alert(1)>x</button></form>",
        "<div style=\"background:url(http://x.example/p.png)\">x</div>",
        "<div style=\"background:url('javascript:alert(1)')\">x</div>",
        "<div style=\"width:expression(alert(1))\">x</div>",
        "<div style=\"position:fixed;top:0;left:0;width:100%;height:100%\">x</div>",
        "<div style=\"back\\ground:u\\rl(http://x.example)\">x</div>",
        "<body background=\"http://x.example/p.png\">x</body>",
        "<table background=\"http://x.example/p.png\"><tr><td background=x>x</td></tr></table>",
        "<img src=\"http://x.example/p.png\" srcset=\"http://x.example/q.png 2x\">",
        "<img src=\"//x.example/p.png\">",
        "<picture><source srcset=\"http://x.example/p.webp\"><img src=\"http://x.example/p.png\"></picture>",
        "<video poster=\"http://x.example/p.png\" src=\"http://x.example/v.mp4\"></video>",
        "<audio src=\"http://x.example/a.mp3\" autoplay></audio>",
        "<img src=\"data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+\">",
        "<img src=\"data:text/html,<script>alert(1)</script>\">",
        "<img src=\"data:image/png;base64,AAAA\" onload=alert(1)>",
        "<!--[if IE]><script>alert(1)</script><![endif]-->",
        "<!--><img src=x onerror=alert(1)>-->",
        "<p title='\"><img src=x onerror=alert(1)>'>x</p>",
        "<p title='<img src=\"http://x.example/p.png\">'>x</p>",
        "<template><img src=x onerror=alert(1)></template>",
        "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\"></textarea>",
        "<xmp><img title=\"</xmp><img src=x onerror=alert(1)>\"></xmp>",
        "<plaintext><img src=x onerror=alert(1)>",
        "<marquee onstart=alert(1)>x</marquee>",
        "<details open ontoggle=alert(1)>x</details>",
        "<select><option><img src=x onerror=alert(1)></option></select>",
        "<a href=\"http://x.example/\" target=\"_top\" style=\"color:red\">x</a>",
        "<img src=\"cid:x\" onerror=alert(1)>",
        "<x onclick=alert(1) style=x:expression(1)>x</x>",
        "\u{0}<scr\u{0}ipt>alert(1)</scr\u{0}ipt>",
        "<img alt=\"`><script>alert(1)</script>\" src=x>",
    ] {
        let out = clean(attack);
        assert_harmless(attack, &out);
        // What is shown once must stay harmless when it is read again.
        assert_harmless(attack, &clean(&out));
    }
}

#[test]
fn ordinary_looks_stay() {
    let html = "<table width=\"600\" bgcolor=\"#ffffff\"><tr><td align=\"center\" style=\"padding:8px;color:#333\">\
                <b>Hi</b> <font color=\"red\">you</font></td></tr></table><ul><li>one</li></ul>";
    let out = clean(html);
    for part in [
        "width=\"600\"",
        "bgcolor=\"#ffffff\"",
        "align=\"center\"",
        "padding:8px",
        "<b>Hi</b>",
        "<li>one</li>",
    ] {
        assert!(out.contains(part), "{part} in {out}");
    }
}

#[test]
fn links_open_elsewhere_and_tell_nothing() {
    let out = clean("<a href=\"https://shop.example/a?b=1&amp;c=2\" rel=\"opener\">x</a>");
    assert!(
        out.contains("href=\"https://shop.example/a?b=1&amp;c=2\""),
        "{out}"
    );
    assert!(out.contains("target=\"_blank\""), "{out}");
    assert!(
        out.contains("rel=\"noopener noreferrer nofollow\""),
        "{out}"
    );
    assert!(clean("<a href=\"mailto:a@b.example\">x</a>").contains("mailto:a@b.example"));
    assert!(clean("<a href=\"tel:+4930123\">x</a>").contains("tel:+4930123"));
}

#[test]
fn pictures_from_elsewhere_wait() {
    let html = "<img src=\"https://x.example/p.png?u=1&amp;v=2\" alt=\"logo\" width=\"80\">\
                <img src=\"//x.example/q.png\"><img src=\"http://t.example/o.gif\" width=\"1\" height=\"1\">";
    let out = sanitise(html, &|_| None);
    assert_eq!(out.remote_images, 2, "{}", out.html);
    assert!(
        out.html
            .contains("data-remote-src=\"https://x.example/p.png?u=1&amp;v=2\""),
        "{}",
        out.html
    );
    assert!(
        out.html
            .contains("data-remote-src=\"https://x.example/q.png\""),
        "{}",
        out.html
    );
    assert!(out.html.contains("alt=\"logo\""), "{}", out.html);
    assert!(
        !out.html.contains("t.example"),
        "the tracking pixel is gone: {}",
        out.html
    );
    // An attribute that claims to be ours is not taken from outside.
    let forged = sanitise(
        "<img data-remote-src=\"javascript:alert(1)\" src=\"cid:x\">",
        &|_| None,
    );
    assert_eq!(forged.html, "<img>");
}

#[test]
fn inline_pictures_are_asked_for_by_their_id() {
    let asked = std::cell::RefCell::new(Vec::new());
    let cid = |id: &str| {
        asked.borrow_mut().push(id.to_owned());
        Some("/b/1?e=9&s=\"><script>".to_owned())
    };
    let out = sanitise(
        "<img src=\"cid:a%40b.example\" alt=\"x\"><IMG SRC=CID:c&amp;d>",
        &cid,
    );
    assert_eq!(*asked.borrow(), ["a@b.example", "c&d"]);
    assert!(
        out.html
            .contains("src=\"/b/1?e=9&amp;s=&quot;&gt;&lt;script&gt;\""),
        "{}",
        out.html
    );
}

#[test]
fn embedded_pictures_are_bounded() {
    assert!(
        clean("<img src=\"data:image/png;base64,iVBORw0KGgo=\">")
            .contains("data:image/png;base64,iVBORw0KGgo=")
    );
    assert!(
        clean("<img src=\"DATA:IMAGE/GIF;base64,R0lG\nODlh\">")
            .contains("data:image/gif;base64,R0lGODlh")
    );
    let huge = format!(
        "<img src=\"data:image/png;base64,{}\">",
        "A".repeat(800_000)
    );
    assert_eq!(clean(&huge), "<img>");
}

#[test]
fn plain_text_becomes_paragraphs_and_links() {
    assert_eq!(
        plain_to_html("Hello <b>,\nsee https://shop.example/t?a=1&b=2.\n\nBye"),
        "<p>Hello &lt;b&gt;,<br>\nsee <a href=\"https://shop.example/t?a=1&amp;b=2\" \
         rel=\"noopener noreferrer nofollow\" target=\"_blank\">https://shop.example/t?a=1&amp;b=2</a>.</p>\n<p>Bye</p>\n"
    );
    assert!(
        plain_to_html("请看https://x.example/a。谢谢").contains(">https://x.example/a</a>。谢谢")
    );
    assert!(plain_to_html("(http://x.example/a_(b))").contains(">http://x.example/a_(b)</a>)"));
    assert_eq!(
        plain_to_html("http:// x javascript:alert(1)"),
        "<p>http:// x javascript:alert(1)</p>\n"
    );
    assert_eq!(
        plain_to_html("\" onclick=\"x"),
        "<p>&quot; onclick=&quot;x</p>\n"
    );
    assert_eq!(plain_to_html(""), "");
}
