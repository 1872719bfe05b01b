"""Rounds: which ideas of the several sources are suggested together, and in which combinations.

Form first: nothing counts while answers cannot be read. A rule and demonstrations help together
more than either, and neither may help alone, so the first round has pairs of them already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from llmopt_tui.core.changes import Change, apply_all
from llmopt_tui.core.prompt import variant_sha256
from llmopt_tui.core.proposals.brief import Brief
from llmopt_tui.core.proposals.checks import check_suggestion
from llmopt_tui.core.proposals.constraint import constraint_ideas
from llmopt_tui.core.proposals.demonstrations import demonstration_ideas
from llmopt_tui.core.proposals.playbook import plays
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.core.variant import Variant

_BUNDLED = 4
"""How many edits of the playbook are tried together."""


def plan_round(
    brief: Brief, own: Sequence[Suggestion], most: int, demonstrations: int
) -> tuple[Suggestion, ...]:
    """At most `most` suggestions for a round, each different and none tried before.

    `own` are the interviewer's; `demonstrations` is how many a variant may show. What is suggested
    depends on the arguments alone.
    """
    made: list[Suggestion] = []
    seen = set(brief.tried_variants)
    for suggestion in _ideas(brief, own, demonstrations):
        variant = suggestion.variant_of(brief.parent)
        locked = all(part in variant.text for part in brief.prompt.locked)
        if locked and (digest := variant_sha256(variant)) not in seen:
            seen.add(digest)
            made.append(suggestion)
        if len(made) == most:
            break
    return tuple(made)


def _ideas(brief: Brief, own: Sequence[Suggestion], demonstrations: int) -> Iterator[Suggestion]:
    """Everything that can be suggested, the most promising first."""
    for variant in brief.earlier:
        yield _from_earlier(brief, variant)
    played = list(islice(plays(brief), 6))
    played[1:1] = bundled(brief, played[:_BUNDLED])
    shown = [made_of(brief, change) for change in demonstration_ideas(brief, demonstrations)]
    if not brief.parent.demonstrations and not brief.demonstrated:
        yield from _first(brief, played, list(own), shown)
    texts = chain(own, played)
    sets = iter(shown)
    wants_sets = 2 if brief.demonstrated and brief.parent.demonstrations else 1
    yield from joined(brief)
    yield from (made_of(brief, change) for change in constraint_ideas(brief))
    while True:
        turn = [*islice(texts, 3 - wants_sets), *islice(sets, wants_sets)]
        yield from turn
        if not turn:
            return


def _first(
    brief: Brief, played: list[Suggestion], own: list[Suggestion], shown: list[Suggestion]
) -> Iterator[Suggestion]:
    """The first round's ideas: a rule, and rules together with draws of demonstrations."""
    rules = [*played[:1], *own[:1]][:1]
    yield from rules
    for drawn in shown[1:3]:
        both = together(brief, rules[0], drawn) if rules else None
        yield both or drawn


def _from_earlier(brief: Brief, variant: Variant) -> Suggestion:
    """What won in an earlier session, as changes that lead there from the parent."""
    reason = "It won on this case in an earlier session."
    changes = [
        Change("replace text", "earlier", "earlier winner", "", reason, variant.text),
        Change(
            "demonstrations",
            "earlier",
            "earlier winner",
            "",
            reason,
            demonstrations=variant.demonstrations,
            spares=variant.spares,
            instructions=variant.instructions,
        ),
        Change("constraint", "earlier", "earlier winner", "", reason, constrain=variant.constrain),
    ]
    made, kept = brief.parent, list[Change]()
    for change in changes:
        if (changed := change.apply(made)) is not None:
            made = changed
            kept.append(change)
    return Suggestion(made.text, reason, "earlier", "earlier winner", made, tuple(kept))


def bundled(brief: Brief, played: Sequence[Suggestion]) -> Iterator[Suggestion]:
    """The playbook's ideas all at once, behind the input: small models follow what they read last.

    One rule alone may change nothing where several are needed; nothing where there is one alone.
    """
    edits = [c for idea in played for c in idea.changes if c.edit in ("add rule", "mark input")]
    last = Change(
        "instructions last", "playbook", "instructions last", played[0].cause if played else ""
    )
    made, kept = brief.parent, list[Change]()
    for change in (*edits, last):
        if (changed := change.apply(made)) is not None:
            made = changed
            kept.append(change)
    if len(edits) < 2 or check_suggestion(made.text, brief.prompt, brief.case, brief.tried):
        return
    yield Suggestion(
        made.text,
        "One rule alone may change nothing where several are needed, and what is read last is "
        "followed best.",
        "playbook",
        "several rules at the end",
        made,
        tuple(kept),
        played[0].cause,
        played[0].diagnosis,
    )


def made_of(brief: Brief, change: Change) -> Suggestion:
    """A single change as a suggestion."""
    variant = change.apply(brief.parent) or brief.parent
    return Suggestion(
        variant.text,
        change.reason,
        change.source,
        change.name,
        variant,
        (change,),
        change.cause,
    )


def together(brief: Brief, one: Suggestion, other: Suggestion) -> Suggestion | None:
    """Two suggestions as one, by applying the changes of both; None where they do not fit."""
    changes = (*one.changes, *other.changes)
    variant = apply_all(changes, brief.parent) if all(c.joins for c in other.changes) else None
    if variant is None or not one.changes:
        return None
    return replace(
        other,
        prompt=variant.text,
        reasoning=f"{one.reasoning} {other.reasoning}".strip(),
        kind=f"{one.kind or 'a rule'} + {other.kind}",
        variant=variant,
        changes=changes,
        cause=one.cause or other.cause,
        diagnosis=one.diagnosis or other.diagnosis,
    )


def joined(brief: Brief) -> Iterator[Suggestion]:
    """What helped in earlier races without winning, put on top of what won."""
    for helped in brief.helped:
        variant, kept = brief.parent, list[Change]()
        for change in helped.changes:
            changed = change.apply(variant) if change.joins else None
            if changed is not None:
                variant = changed
                kept.append(change)
        if kept:
            yield replace(helped, prompt=variant.text, variant=variant, changes=tuple(kept))
