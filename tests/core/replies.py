"""What small models answer when they are asked for a better prompt: the good and the bad."""

from __future__ import annotations

import json

PARENT = """List the skills that the following job posting asks for.
Return them as JSON in this form: {"skills": ["skill one", "skill two"]}

Job title: {{job_title}}

Job posting:
{{job_posting}}
"""

BETTER = """List every skill, tool and language that the following job posting asks for.
Return only JSON in this form, without a code fence: {"skills": ["skill one", "skill two"]}

Job title: {{job_title}}

Job posting:
{{job_posting}}"""

REASONING = "The answers came in a code fence, so the prompt rules that out."
CHANGE = "No Preambles."
KIND = "no preamble"
"""What `CHANGE` is read as: the playbook's name for it."""

CHATTY = (
    "You're right, let's refine this! Here's the improved prompt:\n\n{}\n\n"
    "This version is clearer because it names the format. Let me know if you want more changes!"
)


def as_json(prompt: str, reasoning: str = REASONING, change: object = CHANGE) -> str:
    return json.dumps({"change": change, "reasoning": reasoning, "improved_prompt": prompt})


def fenced(prompt: str, info: str = "") -> str:
    return f"```{info}\n{prompt}\n```"


def tagged(prompt: str) -> str:
    return f"<prompt>\n{prompt}\n</prompt>"


def badly_quoted(prompt: str) -> str:
    """JSON in which neither quotes nor line ends are escaped."""
    return (
        f'{{\n  "change": "{CHANGE}",\n  "reasoning": "{REASONING}",\n'
        f'  "improved_prompt": "{prompt}"\n}}'
    )


EXAMPLE_OUTPUT = 'It then answers like this:\n```json\n{"skills": ["telemetry", "wound care"]}\n```'
THOUGHT = f"<think>\nMaybe this one?\n{fenced('A draft for {{job_title}} and {{job_posting}}.')}\n"

HOLDING_BETTER = {
    "JSON by the schema": (as_json(BETTER), "json"),
    "JSON with other keys": (
        json.dumps({"analysis": "x", "improved_prompt": BETTER, "score": 0.9}),
        "json",
    ),
    "JSON after thoughts": (f"{THOUGHT}</think>\n{as_json(BETTER)}", "lenient json"),
    "JSON after thoughts whose start is missing": (
        f"Hm, let me see.\n</think>\n\n{as_json(BETTER)}",
        "lenient json",
    ),
    "JSON in a list": (f"[{as_json(BETTER)}]", "json"),
    "JSON in JSON": (json.dumps({"suggestion": json.loads(as_json(BETTER))}), "json"),
    "JSON as a string": (json.dumps(as_json(BETTER)), "json"),
    "JSON as the prompt of JSON": (as_json(as_json(BETTER)), "json"),
    "JSON in a fence": (CHATTY.format(fenced(as_json(BETTER), "json")), "lenient json"),
    "JSON in a fence that is never closed": (f"```json\n{as_json(BETTER)}", "lenient json"),
    "JSON between other words": (CHATTY.format(as_json(BETTER)), "lenient json"),
    "JSON with a key in other letters": (
        json.dumps({"Improved Prompt": BETTER, "Reasoning": "x"}),
        "json",
    ),
    "JSON with a comma too many": (as_json(BETTER)[:-1] + ",\n}", "lenient json"),
    "JSON with line ends in its strings": (as_json(BETTER).replace("\\n", "\n"), "json"),
    "JSON with nothing escaped": (badly_quoted(BETTER), "lenient json"),
    "JSON with nothing escaped, in chatter": (CHATTY.format(badly_quoted(BETTER)), "lenient json"),
    "JSON with nothing escaped and the reasoning last": (
        f'{{"improved_prompt": "{BETTER}", "reasoning": "{REASONING}"}}',
        "lenient json",
    ),
    "JSON with three quotes": (
        f'{{"reasoning": "x", "improved_prompt": """{BETTER}"""}}',
        "lenient json",
    ),
    "JSON with single quotes": (
        f"{{'reasoning': 'x', 'improved_prompt': '{BETTER}'}}",
        "lenient json",
    ),
    "JSON whose prompt is escaped twice": (as_json(json.dumps(BETTER)[1:-1]), "json"),
    "JSON whose prompt is quoted and escaped twice": (as_json(json.dumps(BETTER)), "json"),
    "JSON whose prompt stands in a fence": (as_json(fenced(BETTER, "text")), "json"),
    "JSON whose prompt stands between tags": (as_json(tagged(BETTER)), "json"),
    "JSON with Windows line ends": (as_json(BETTER.replace("\n", "\r\n")), "json"),
    "two JSON objects, an answer to the task first": (
        f'{{"skills": ["telemetry"]}}\n\n{as_json(BETTER)}',
        "lenient json",
    ),
    "tags": (tagged(BETTER), "tags"),
    "tags in chatter": (CHATTY.format(tagged(BETTER)), "tags"),
    "tags in capitals": (
        CHATTY.format(f"<IMPROVED_PROMPT>{BETTER}</IMPROVED_PROMPT>"),
        "tags",
    ),
    "tags that are talked about first": (
        f"I put it between <prompt> and </prompt>.\n{tagged(BETTER)}",
        "tags",
    ),
    "tags that are opened twice": (f"<prompt>\n{tagged(BETTER)}", "tags"),
    "tags in a fence": (CHATTY.format(fenced(tagged(BETTER), "xml")), "tags"),
    "a fence between tags": (tagged(fenced(BETTER)), "tags"),
    "a fence in chatter": (CHATTY.format(fenced(BETTER)), "fence"),
    "a fence with an info string": (CHATTY.format(fenced(BETTER, "markdown")), "fence"),
    "a fence of tildes": (CHATTY.format(f"~~~\n{BETTER}\n~~~"), "fence"),
    "a fence that is indented": (
        "1. The prompt:\n" + "\n".join(f"   {line}" for line in fenced(BETTER).splitlines()),
        "fence",
    ),
    "a fence, then a fence with an example output": (
        f"{CHATTY.format(fenced(BETTER))}\n\n{EXAMPLE_OUTPUT}",
        "fence",
    ),
    "a fence with the old prompt, then one with the new": (
        f"Instead of\n{fenced(PARENT.strip())}\nuse\n{fenced(BETTER)}",
        "fence",
    ),
    "a quoted prompt in a fence": (fenced(f'"""\n{BETTER}\n"""'), "fence"),
    "a fence after thoughts": (f"{THOUGHT}</think>\n{fenced(BETTER)}", "fence"),
}
"""Replies that hold `BETTER`, and the rung on which it is found."""

NAMING_THE_KIND = {
    "JSON by the schema": as_json(BETTER),
    "JSON with the change last": json.dumps({"improved_prompt": BETTER, "change": CHANGE}),
    "JSON with a key in other letters": json.dumps({"Improved Prompt": BETTER, "Change": CHANGE}),
    "JSON as a string": json.dumps(as_json(BETTER)),
    "JSON as the prompt of JSON": as_json(as_json(BETTER), change=7),
    "JSON in a fence": CHATTY.format(fenced(as_json(BETTER), "json")),
    "JSON after thoughts": f"{THOUGHT}</think>\n{as_json(BETTER)}",
    "JSON with a comma too many": as_json(BETTER)[:-1] + ",\n}",
    "JSON with nothing escaped": badly_quoted(BETTER),
    "JSON with nothing escaped and the change last": (
        f'{{"improved_prompt": "{BETTER}", "change": "{CHANGE}"}}'
    ),
    "JSON with nothing escaped, after a draft": (
        f'{{"change": "a draft", "improved_prompt": "A "draft"."}}\n{badly_quoted(BETTER)}'
    ),
    "JSON with single quotes": (
        f"{{'change': '{CHANGE}', 'reasoning': 'x', 'improved_prompt': '{BETTER}'}}"
    ),
}
"""Replies that hold `BETTER` and call the change `CHANGE`."""

NO_NAMES: list[object] = [
    *("", " ", "...", "no", "12", "a\x1b[31mb", "json\x00only", "\u202ejson only", "\ud800 only"),
    *("[bold]json only[/]", "<b>json</b>", "{{job_title}}", "`json`: only", "json | only"),
    *("I added a rule about the length.", "exact shape, no preamble"),
    *("x" * 5000, "word " * 1000, None, True, 7, ["exact length"], {"kind": "exact length"}),
]
"""What may stand where a model should name its change, and names nothing."""

HOLDING_NOTHING = {
    "nothing": "",
    "white space": " \n\t\n",
    "a dash": "- ",
    "a greeting": "Hello! How can I help you with your prompts today?",
    "the prompt and nothing else": BETTER,
    "the prompt in chatter": CHATTY.format(BETTER),
    "the prompt under a heading": f"### Improved Prompt\n\n{BETTER}",
    "the prompt as a quotation": "\n".join(f"> {line}" for line in BETTER.splitlines()),
    "thoughts alone": f"{THOUGHT}</think>",
    "thoughts that never end": THOUGHT,
    "thoughts that never end, after a word": f"Sure. {THOUGHT}",
    "JSON without the key": json.dumps({"reasoning": REASONING, "prompt_ideas": [BETTER]}),
    "JSON with the prompt as a list": json.dumps({"improved_prompt": BETTER.splitlines()}),
    "JSON with no text for a prompt": '{"reasoning": "x", "improved_prompt": null}',
    "JSON that breaks off": as_json(BETTER)[:-40],
    "JSON with nothing escaped that breaks off": badly_quoted(BETTER)[:-40],
    "a list of ideas": json.dumps(["Be more specific.", "Name the format."]),
    "a list in Markdown": "- Be more specific\n- Name the output format\n- Add an example",
    "a refusal": "I'm sorry, but I can't help with that request.",
    "an answer to the task": '{"skills": ["telemetry", "ECG interpretation", "wound care"]}',
    "an answer to the task in a fence": EXAMPLE_OUTPUT,
    "a fence that is never closed": f"```\n{BETTER}",
    "tags that are never closed": f"<prompt>\n{BETTER}",
    "tags that hold nothing": "<prompt></prompt>",
    "a fence that holds nothing": "```\n\n```",
}

MEGABYTES = {
    text: (text * 1_000_000)[:1_000_000]
    for text in (
        "x", " ", "\n", "{", '{"', '{"a":', "[", "[1],", '"', "`", "```\n", "~~~\n", "\\",
        "<think>", "</think>", "<prompt>", "<prompt>x</prompt>", "<prompt><improved_prompt>",
        '"improved_prompt": "', '{"improved_prompt": "a"}', "word ", "{{job_title}} ",
        "```\nList {{job_title}} and {{job_posting}}\n```\n", "```a\n", " ```\n", '"}\n', "'",
    )
}  # fmt: skip
"""A million characters of the same, by what is repeated."""
