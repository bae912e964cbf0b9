extension ReportPage {
    /// Light and dark as the reader's system says; one column on a narrow screen.
    static let style = """
        :root{color-scheme:light dark;--ground:#fbfbfa;--card:#fff;--text:#1d2126;--soft:#5b646e;--line:#e2e5e8;--accent:#1f6feb;--good:#1a7f37;--bad:#c0272d;
        --c0:#57606a;--c1:#1f6feb;--c2:#c25e00;--c3:#1a7f37;--c4:#8250df;--c5:#b42373;--c6:#0b7a8a;--c7:#9a6700;--c8:#cf4b4b;--c9:#5f7d1d;--c10:#8a97a6}
        @media (prefers-color-scheme:dark){:root{--ground:#14171b;--card:#1b1f24;--text:#e7eaee;--soft:#9aa5b1;--line:#30363d;--accent:#6cb0ff;--good:#4cc366;--bad:#ff7b72;
        --c0:#9aa5b1;--c1:#6cb0ff;--c2:#f0a060;--c3:#4cc366;--c4:#c297ff;--c5:#ff8ac4;--c6:#56d4dd;--c7:#e3b341;--c8:#ff9b8e;--c9:#b5d65a;--c10:#6e7b8a}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--text);font:15px/1.5 system-ui,sans-serif}
        main{max-width:1080px;margin:0 auto;padding:24px 16px}
        header{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:center}
        h1{font-size:26px;margin:0;overflow-wrap:anywhere}h2{font-size:17px;margin:0 0 10px}
        .badge{border:1px solid currentColor;border-radius:999px;padding:1px 12px;font-weight:600}.good{color:var(--good)}.bad{color:var(--bad)}
        .lead{margin:6px 0 18px;overflow-wrap:anywhere}
        section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px;margin:14px 0}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;margin:0}
        .tiles div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 14px}
        dt{color:var(--soft);font-size:13px}dd{margin:0;font-size:20px;font-variant-numeric:tabular-nums}
        .bar{display:flex;height:22px;border-radius:6px;overflow:hidden;gap:1px;margin-bottom:12px}.bar span{min-width:2px}
        .c0{background:var(--c0)}.c1{background:var(--c1)}.c2{background:var(--c2)}.c3{background:var(--c3)}.c4{background:var(--c4)}.c5{background:var(--c5)}
        .c6{background:var(--c6)}.c7{background:var(--c7)}.c8{background:var(--c8)}.c9{background:var(--c9)}.c10{background:var(--c10)}
        i{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:8px}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        th,td{text-align:right;padding:4px 10px;border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:500}
        th:first-child,td:first-child{text-align:left}.wide{overflow-x:auto}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:18px}
        figure{margin:0}figcaption{color:var(--soft);font-size:13px;margin-bottom:4px}svg{width:100%;height:auto;display:block}
        svg text{fill:var(--soft);font-size:12px}.grid{stroke:var(--line)}.line{fill:none;stroke:var(--accent);stroke-width:2;stroke-linejoin:round}
        pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px}.small,footer{color:var(--soft);font-size:13px}
        footer{text-align:center;padding:0 0 24px}
        @media (max-width:600px){svg text{font-size:19px}}
        """
}
