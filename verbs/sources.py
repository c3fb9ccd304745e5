"""Verbs on what the model stands on: the provisions of the Opinions, the data pack."""

from __future__ import annotations

from verbs.shared import show, show_faults


def policy(options) -> int:
    """The 22 provisions of the Opinions: status, levers, what each moves, and what it does from none to full."""
    from calibration import effects
    from outputs import policy as provisions

    written = {}
    if options.measure:
        measured = effects.measure(options.seeds, options.weight, options.workers, options.out)
        written["effects"] = str(effects.write(measured))
    measured = effects.read()
    if options.write:
        written["page"] = str(provisions.write(measured))
    if written:
        show(options, written, [f"{what} written to {path}" for what, path in written.items()])
    elif options.csv:
        print(provisions.as_csv(measured), end="")
    elif options.json:
        show(options, provisions.rows(measured), [])
    else:
        show(options, None, provisions.lines(measured, effects.state()))
    return 0


def data_fit(options) -> int:
    """How well the synthetic population of the base year meets the census: errors by margin, in rows and shares."""
    from sim.region.pack import load_pack
    from sim.region.people import build_people, fit_report, fit_summary

    pack = load_pack()
    summary = fit_summary(fit_report(pack, build_people(pack, options.weight), options.weight), options.weight)
    show(options, summary.reset_index().to_dict("records"), summary.to_string().splitlines())
    return 0


def data_check(options) -> int:
    """The data pack against its schema, with file, row and column of each fault."""
    from sim.region.pack import check_pack

    return show_faults(options, check_pack(options.folder), "the data pack has no fault")
