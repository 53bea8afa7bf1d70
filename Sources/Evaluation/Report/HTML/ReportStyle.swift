import Pages

/// What a report's style sheet has beyond that of every page.
enum ReportStyle {
    /// Dims every other policy while the pointer is on a policy's key. Keys are numbers: nothing in it needs escaping.
    static func dimming(_ policies: Int) -> Markup {
        .text(
            (0..<policies).map { "body:has(.key.k\($0):hover) .picture .k:not(.k\($0)){opacity:.1}" }.joined(
                separator: "\n"))
    }

    static let sheet = Markup.source(
        """
        .picture .name{font-weight:600;fill:var(--c);paint-order:stroke;stroke:var(--card);stroke-width:4px;
        stroke-linejoin:round}
        .picture .name.quiet{font-weight:400;font-size:12px;fill:var(--quiet)}
        .k{transition:opacity .15s}
        .mark{fill:var(--c);stroke:var(--card);stroke-width:1.5}
        .bar{stroke:var(--c);stroke-width:1.5;opacity:.75}
        .wanted{stroke-width:1.25;opacity:.6}
        .fixedline{fill:none;stroke:var(--line);stroke-width:2}
        .leader{stroke:var(--line);stroke-width:1;opacity:.7}
        .dot{fill:var(--card);stroke:var(--line);stroke-width:1.75}
        .reference{--c:var(--ink)}.cross{stroke:var(--ink);stroke-width:2;stroke-linecap:round}
        .wide{overflow-x:auto;margin:12px -24px 0;padding:0 24px}
        table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
        table+table,.wide+.wide{margin-top:28px}
        th,td{padding:7px 0 7px 14px;text-align:right;border-bottom:1px solid var(--rule);vertical-align:top}
        thead th{color:var(--quiet);font-weight:500;white-space:normal;vertical-align:bottom;line-height:1.25}
        th:first-child{text-align:left;padding-left:0;position:sticky;left:-24px;background:var(--card)}
        tbody th{font-weight:600;line-height:20px;overflow-wrap:anywhere;min-width:150px}tbody th svg{vertical-align:-3px;margin-right:8px}
        tbody th.plain{font-weight:400;color:var(--quiet);padding-left:42px}
        tbody+tbody tr:first-child>*{border-top:2px solid var(--rule)}
        tbody:last-child tr:last-child>*{border-bottom:0}
        td b{display:block;font-weight:500;white-space:nowrap}td small{color:var(--quiet);font-size:12px}
        td.none{color:var(--quiet)}
        td.clear b{font-weight:700}td.better b{color:var(--good)}td.worse b{color:var(--bad)}
        .badge{margin-left:8px;padding:1px 8px;border-radius:9px;background:var(--shade);color:var(--quiet);font-size:12px;
        font-weight:500}
        .keys{list-style:none;display:flex;flex-wrap:wrap;gap:4px 8px;margin:0 0 14px;padding:0;font-size:14px}
        .keys li{display:flex;align-items:center;gap:8px;padding:3px 10px 3px 6px;border-radius:8px}
        .key:hover{background:var(--shade)}
        @media (max-width:720px){.wide{margin:12px -14px 0;padding:0 14px}th:first-child{left:-14px}}
        """)
}
