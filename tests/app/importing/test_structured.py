import json

import pytest

from llmopt_tui.app.importing import reading
from llmopt_tui.app.importing.material import ImportRefused
from llmopt_tui.app.importing.reading import read_content
from llmopt_tui.app.importing.yaml_text import read_yaml
from tests.app.importing.support import drafted, expected, inputs, json_lines, kinds, loaded


def chat(*turns: tuple[str, str], **more: object) -> dict[str, object]:
    return {"messages": [{"role": role, "content": text} for role, text in turns], **more}


def test_json_in_one_piece_and_lines_are_the_same_rows():
    rows = [{"question": f"q{n}", "answer": f"the answer {n}"} for n in range(4)]
    forms = {
        "a.json": json.dumps(rows),
        "b.json": json.dumps({"name": "x", "data": rows}, indent=1),
        "c.jsonl": json_lines(rows),
        "d.txt": json_lines(rows),
    }
    drafts = {name: drafted(text, name) for name, text in forms.items()}
    for draft in drafts.values():
        assert inputs(draft) == [{"question": row["question"]} for row in rows]
        assert expected(draft) == [{"answer": row["answer"]} for row in rows]
    assert drafts["b.json"].said("left") == ['"name" beside "data" is not taken over']


def test_three_hundred_broken_lines_are_one_sentence_with_the_shape_that_was_expected():
    text = "".join(f'{{"question": "{"x" * n}" "answer"}}\n' for n in range(300))
    with pytest.raises(ImportRefused) as caught:
        drafted(text, "a.jsonl")
    first, shape = caught.value.lines
    assert first.startswith("line 1: is not valid JSON")
    assert first.endswith("(the same in 299 lines)")
    assert '{"question": "...", "answer": "..."}' in shape


def test_of_a_file_with_some_broken_lines_the_others_are_taken():
    lines = [json.dumps({"q": f"q{n}", "a": f"word {n}"}) if n % 2 else "oops" for n in range(20)]
    draft = drafted("\n".join([*lines, "7", "[]"]), "a.jsonl")
    assert len(draft.examples) == 10
    assert draft.said("left") == [
        "line 1: is not valid JSON: Expecting value (at column 1) (the same in 9 lines)",
        "line 21: must be an object, not a number",
        "line 22: must be an object, not a list",
    ]


def test_rows_without_an_input_or_an_answer_are_told_of(tmp_path):
    rows = [{"q": "a", "x": "b", "answer": "one thing"}, {"q": "c", "answer": "two things"}]
    draft = drafted(json.dumps([*rows, {"q": "d", "x": "e"}, {"q": "", "answer": "none"}]))
    assert inputs(draft) == [{"q": "a", "x": "b"}, {"q": "c", "x": ""}]
    assert 'item 2: has no "x", which is taken as empty' in draft.said("warning")
    assert draft.said("left") == [
        'item 3: has nothing under "answer"',
        "item 4: its inputs are empty",
    ]
    loaded(draft, tmp_path)


def test_chats_with_one_system_message_make_it_the_prompts(tmp_path):
    rows = [
        chat(("system", "Be brief."), ("user", f"Tell of {n}"), ("assistant", f"It is {n} and red"))
        for n in "abcd"
    ]
    draft = drafted(json_lines(rows), "chat.jsonl")
    (prompt,) = draft.prompts
    assert prompt.system == "Be brief."
    assert prompt.text == "{{message}}\n"
    assert kinds(draft) == ["equals"]
    assert loaded(draft, tmp_path).examples[0].inputs == {"message": "Tell of a"}


def test_system_messages_that_differ_or_hold_braces_are_inputs_or_told_of(tmp_path):
    one = chat(("system", "Rhyme."), ("user", "a"), ("assistant", "b"))
    other = chat(("developer", "Do not."), ("user", "c"), ("assistant", "d"))
    draft = drafted(json_lines([one, other]), "chat.jsonl")
    assert inputs(draft)[1] == {"system": "Do not.", "message": "c"}
    braces = chat(("system", "Say {{name}}."), ("user", "a"), ("assistant", "b"))
    draft = drafted(json_lines([braces, {**braces, "messages": [*braces["messages"]]}]), "c.jsonl")
    assert draft.prompts[0].system == ""
    assert any("the system message cannot" in said for said in draft.said("left"))
    loaded(draft, tmp_path)


def test_chats_of_several_turns_and_with_tools_are_told_of():
    rows = [
        chat(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")),
        chat(("user", "a"), weight=1),
        {"messages": [{"role": "tool", "content": "x"}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]},
        {"messages": "text"},
        {"conversations": [{"from": "human", "value": "e"}, {"from": "gpt", "value": "f"}]},
    ]
    draft = drafted(json_lines(rows), "chat.jsonl")
    assert inputs(draft) == [
        {"message": "user: a\n\nassistant: b\n\nuser: c"},
        {"message": "e"},
    ]
    said = draft.said("left")
    assert 'line 2: "weight" is not taken over' in said
    assert "line 2: does not end with an assistant's answer" in said
    assert sum("line" in sentence for sentence in said) == 5


def test_inspect_samples_with_choices_are_a_choice_of_letters(tmp_path):
    rows = [
        {"input": f"Which {n}?", "choices": ["red", "blue"], "target": "AB"[n % 2], "id": n}
        for n in range(6)
    ]
    draft = drafted(json.dumps(rows))
    assert draft.criteria == ({"kind": "choice", "labels": ["A", "B"]},)
    assert inputs(draft)[0] == {"input": "Which 0?", "choices": "A) red\nB) blue"}
    assert [example.id for example in draft.examples] == list("012345")
    loaded(draft, tmp_path)


def test_of_several_targets_any_is_right(tmp_path):
    rows = [{"input": f"q{n}", "target": [f"x{n}", f"why {n}"]} for n in range(4)]
    draft = drafted(json.dumps(rows))
    assert kinds(draft) == ["equals"]
    assert expected(draft)[0] == {"answer": ["x0", "why 0"]}
    loaded(draft, tmp_path)


def test_a_langfuse_dataset_as_a_table_and_as_json_is_the_same():
    items = [
        {
            "id": f"i{n}",
            "input": {"text": f"t{n}", "tone": "dry"},
            "expectedOutput": {"city": f"c{n}", "n": n},
            "metadata": {"by": "me"},
            "status": "ARCHIVED" if n == 3 else "ACTIVE",
        }
        for n in range(4)
    ]
    cells = [
        ",".join(
            '"' + (v if isinstance(v, str) else json.dumps(v)).replace('"', '""') + '"'
            for v in item.values()
        )
        for item in items
    ]
    table = "\n".join([",".join(items[0]), *cells])
    for draft in (drafted(json.dumps(items)), drafted(table, "langfuse.csv")):
        assert draft.format == "a langfuse dataset"
        assert inputs(draft) == [{"text": f"t{n}", "tone": "dry"} for n in range(3)]
        assert expected(draft)[1] == {"fields": {"city": "c1", "n": 1}}
        assert [example.id for example in draft.examples] == ["i0", "i1", "i2"]
        assert any(said.endswith("is archived") for said in draft.said("left"))


def test_the_first_example_need_not_have_what_makes_the_form():
    items = [{"input": {"q": "a"}}, {"input": {"q": "b"}, "expectedOutput": "one thing"}]
    draft = drafted(json.dumps(items))
    assert inputs(draft) == [{"q": "b"}]
    assert draft.said("left") == ['item 1: has nothing under "expected"']
    chats = [{"note": "x"}, chat(("user", "a"), ("assistant", "b c"))]
    assert inputs(drafted(json_lines(chats), "a.jsonl")) == [{"message": "a"}]


def test_demonstrations_of_a_dspy_program_are_examples_without_their_reasoning():
    demos = [
        {"augmented": True, "question": f"q{n}", "reasoning": "hm", "answer": f"name {n}"}
        for n in range(3)
    ]
    signature = {
        "instructions": "Answer in two words.",
        "fields": [{"prefix": "Question:", "description": "${question}"}],
    }
    program = {"predict": {"demos": demos, "traces": [], "signature": signature}, "metadata": {}}
    draft = drafted(json.dumps(program))
    assert inputs(draft) == [{"question": f"q{n}"} for n in range(3)]
    assert draft.prompts[0].text.startswith("Answer in two words.\n\n")
    assert any('"reasoning"' in said for said in draft.said("left"))


def test_dspy_examples_say_which_keys_are_inputs():
    rows = [
        {"_store": {"a": f"one {n}", "q": f"q{n}"}, "_demos": [], "_input_keys": ["q"]}
        for n in range(3)
    ]
    draft = drafted(json.dumps(rows))
    assert draft.columns.inputs == {"q": "q"}
    assert draft.columns.expected == "a"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: no", {"a": "no"}),
        ("a: 12:30", {"a": "12:30"}),
        ("a: 010", {"a": "010"}),
        ("a: 2020-01-02", {"a": "2020-01-02"}),
        ("a: [1, -2.5, 1e+3, true, ~, null]", {"a": [1, -2.5, 1000.0, True, None, None]}),
        ("a:", {"a": None}),
        ("x: &x {b: 1}\ny:\n  <<: *x\n  c: 2", {"x": {"b": 1}, "y": {"b": 1, "c": 2}}),
    ],
)
def test_yaml_values_are_what_people_wrote(text, value):
    assert read_yaml(text) == value


MULTIPLYING = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(8)
)
MERGING = "a: &a {k: v}\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{','.join([f'*{chr(97 + n)}'] * 10)}]}}\n"
    for n in range(8)
)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (MULTIPLYING, "too large"),
        (MERGING, "too large"),
        ("a: &a [*a]", "inside of"),
        ("[" * 50_000, "YAML|deeply"),
        ("a: !!python/object/apply:os.system [echo]", "constructor"),
        ("a: !!python/name:os.system", "constructor"),
        ("a: {", "not valid YAML"),
        ("# nothing", "empty"),
        ("a: .inf\nb: !!float .inf", "not finite"),
        ("x" * 2_000_001, "too long"),
    ],
)
def test_yaml_that_would_harm_is_refused(text, why):
    with pytest.raises(ImportRefused, match=why):
        read_yaml(text)


def test_a_document_without_a_list_of_examples_is_one_example_or_refused():
    one = drafted(json.dumps(chat(("user", "a"), ("assistant", "b c d"))), "one.jsonl")
    assert inputs(one) == [{"message": "a"}]
    assert inputs(drafted('{"question": "a", "answer": "b c"}')) == [{"question": "a"}]
    for other in ({"name": "x", "dependencies": {"a": "1"}}, {"numbers": [1, 2]}):
        with pytest.raises(ImportRefused, match="no list of examples"):
            drafted(json.dumps(other))


@pytest.mark.parametrize(
    "content",
    ["[" * 100_000, '{"a":' * 100_000, f'[{{"a": {"9" * 100_000}}}]', '[{"a": 1e999}]', '"text"'],
)
def test_json_that_would_harm_is_refused(content):
    with pytest.raises(ImportRefused):
        drafted(content)


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST_BYTES", 10)
    file = tmp_path / "a.csv"
    file.write_text("a,b\n" * 10)
    with pytest.raises(ImportRefused, match="larger than"):
        reading.read_file(file)
    with pytest.raises(ImportRefused, match="folder"):
        reading.read_file(tmp_path)
    with pytest.raises(ImportRefused, match="no such file"):
        reading.read_file(tmp_path / "b.csv")
    with pytest.raises(ImportRefused, match="larger than"):
        read_content(b"x" * 11, "x.csv")
