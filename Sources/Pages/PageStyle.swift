/// The style sheet of every page: colours for light and dark, text, cards, and the parts of pictures.
public enum PageStyle {
    /// Lines are painted by the classes `c0` to `c7` of themselves or of what they are in.
    public static let sheet = Markup.source(
        """
        :root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1b2330;--quiet:#5d6878;--rule:#e3e7ec;--grid:#e9ecf0;
        --good:#0a7d4f;--bad:#c0303c;--shade:#f1f4f8;--line:#8a94a3;--area:#dbe3ee;
        --c0:#2563d9;--c1:#d9580d;--c2:#0b8a6a;--c3:#9333c4;--c4:#c81f5b;--c5:#8a6d00;--c6:#0a86a8;--c7:#6b4a36}
        @media (prefers-color-scheme:dark){:root{--page:#12161c;--card:#1a2029;--ink:#e8ecf2;--quiet:#9aa6b6;--rule:#2c3541;
        --grid:#262e39;--good:#4fd39a;--bad:#ff8a8f;--shade:#212934;--line:#7f8b9b;--area:#2b3a4f;
        --c0:#7fb0ff;--c1:#ff9f5f;--c2:#45d1a5;--c3:#cf95f2;--c4:#ff82a9;--c5:#e0c34d;--c6:#57cfe8;--c7:#cfa78d}}
        .c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}
        .c4{--c:var(--c4)}.c5{--c:var(--c5)}.c6{--c:var(--c6)}.c7{--c:var(--c7)}
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,'DejaVu Sans',sans-serif}
        main{max-width:1180px;margin:0 auto;padding:40px 20px 64px}
        header{margin-bottom:24px}
        h1{font-size:32px;line-height:1.2;margin:0 0 6px;letter-spacing:-.02em;overflow-wrap:anywhere}
        header p,.caption{color:var(--quiet);margin:0}
        section{background:var(--card);border:1px solid var(--rule);border-radius:14px;padding:22px 24px 24px;margin-top:20px}
        h2{font-size:20px;line-height:1.3;margin:0 0 4px;letter-spacing:-.01em;overflow-wrap:anywhere}
        .caption{font-size:15px;max-width:76ch;margin-bottom:14px}
        .picture{display:block;width:100%;height:auto;overflow:visible}
        .picture text{font-size:14px;fill:var(--ink)}
        .picture .tick{fill:var(--quiet);font-size:13px;font-variant-numeric:tabular-nums}
        .picture .title{fill:var(--quiet);font-size:14px}
        .picture .hint{fill:var(--quiet);font-size:13px}
        .grid{stroke:var(--grid)}.axis{stroke:var(--line)}
        .line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}
        .area{fill:var(--area);stroke:none}.arrivals{fill:none;stroke:var(--line);stroke-width:1.5}
        details{margin-top:14px}summary{cursor:pointer;color:var(--quiet);font-size:15px}
        .notes{margin:8px 0 0;padding-left:20px;color:var(--quiet);font-size:15px}.notes li{margin:4px 0}
        @media (max-width:720px){main{padding:20px 10px 40px}section{padding:16px 14px;border-radius:10px}
        .picture{min-width:620px}section:has(.picture){overflow-x:auto}}
        @media print{body{background:none}section{break-inside:avoid;border:0;padding:0}}
        .column{fill:var(--c);opacity:.35}.point{fill:var(--c)}
        .picture .line-name{font-weight:600;fill:var(--c)}
        .note{color:var(--quiet);font-size:15px;max-width:76ch;margin:0 0 14px}
        pre{white-space:pre-wrap;font-size:14px;margin:8px 0 0;overflow-wrap:anywhere}
        """)
}
