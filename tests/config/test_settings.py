from dataclasses import fields, replace

import pytest

from llmopt_tui.config.load import load_settings
from llmopt_tui.config.settings import Endpoint, Settings
from llmopt_tui.core.settings import DEFAULT_OPTIONS, LoopSettings


@pytest.fixture
def load(tmp_path):
    """Settings from texts of the two files, the environment and the flags."""

    def load(workspace="", user="", environ=None, flags=None, options=None):
        (tmp_path / "user.toml").write_text(user)
        (tmp_path / "llmopt.toml").write_text(workspace)
        return load_settings(
            user_file=tmp_path / "user.toml",
            workspace_file=tmp_path / "llmopt.toml",
            environ=environ or {},
            flags=flags,
            options=options,
        )

    return load


def only_problem(loaded):
    assert len(loaded.problems) == 1, loaded.problems
    return str(loaded.problems[0])


def test_without_any_source_the_defaults_hold(tmp_path):
    loaded = load_settings(
        user_file=tmp_path / "none", workspace_file=tmp_path / "none.toml", environ={}
    )
    assert loaded.settings == Settings()
    assert loaded.problems == ()
    assert Settings().faults() == []


def test_the_loop_gets_what_was_set_and_its_own_defaults():
    assert Settings().loop() == LoopSettings(proposals=3, demonstrations=5)
    settings = Settings(target=0.8, options={"num_ctx": 4096}, mode="auto", server_wait=5.0)
    loop = settings.loop()
    assert (loop.target, loop.mode, loop.server_wait) == (0.8, "auto", 5.0)
    assert loop.options == {**DEFAULT_OPTIONS, "num_ctx": 4096}


def test_every_key_can_be_written_in_the_file(load):
    loaded = load("""
        schema_version = 1
        host = "box:11434"
        interviewer = "qwen3"
        baseline = "dolphin3:8b"
        target = 1
        max_iterations = 9
        patience = 3
        min_gain = 0.01
        repeats = 2
        max_calls = 400
        proposals = 4
        demonstrations = 2
        explain = true
        mode = "auto"
        transfer = true
        cache = false
        think = "off"
        keep_alive = 300
        server_wait = 60
        theme = "nord"
        [options]
        temperature = 0.5
        stop = ["END"]
        [keymap]
        run = "f5"
        [[endpoints]]
        name = "gpu"
        url = "http://gpu:8000"
        kind = "openai"
        api_key_env = "GPU_KEY"
        parallel = 4
        thinks = ["qwq-*"]
        key_over_http = true
    """)
    assert loaded.problems == ()
    written = loaded.settings
    gpu = Endpoint("gpu", "http://gpu:8000", "openai", "GPU_KEY", 4, ("qwq-*",), True)
    assert written.endpoints == (gpu,)
    assert written.keymap == {"run": "f5"}
    unchanged = [
        f.name for f in fields(Settings) if getattr(written, f.name) == getattr(Settings(), f.name)
    ]
    assert unchanged == []


def test_each_source_goes_over_the_one_before(load):
    sources = {"user": "target = 0.1", "workspace": "target = 0.2"}
    environ = {"LLMOPT_TARGET": "0.3"}
    flags = {"target": "0.4"}
    assert load(user=sources["user"]).settings.target == 0.1
    assert load(**sources).settings.target == 0.2
    assert load(**sources, environ=environ).settings.target == 0.3
    assert load(**sources, environ=environ, flags=flags).settings.target == 0.4


def test_tables_are_merged_key_by_key_and_endpoints_replaced(load):
    endpoint = '[[endpoints]]\nname = "{0}"\nurl = "http://{0}"\n'
    loaded = load(
        user="[options]\nseed = 1\ntop_k = 5\n[keymap]\nrun = 'f5'\n" + endpoint.format("a"),
        workspace="[options]\nseed = 2\n[keymap]\nstop = 'f6'\n" + endpoint.format("b"),
        options={"top_p": "0.5"},
    )
    assert loaded.settings.options == {"seed": 2, "top_k": 5, "top_p": 0.5}
    assert loaded.settings.keymap == {"run": "f5", "stop": "f6"}
    assert [e.name for e in loaded.settings.endpoints] == ["b"]


def test_host_comes_from_ollama_host_unless_our_own_variable_says_otherwise(load):
    assert load(environ={"OLLAMA_HOST": "box"}).settings.host == "box"
    both = {"OLLAMA_HOST": "box", "LLMOPT_HOST": "other"}
    assert load(environ=both).settings.host == "other"
    assert load("host = 'file'", environ=both, flags={"host": "flag"}).settings.host == "flag"


@pytest.mark.parametrize(
    ("workspace", "environ", "flag", "wanted"),
    [
        ("", {}, {}, False),
        ("transfer = true", {}, {}, True),
        ("transfer = true", {"LLMOPT_TRANSFER": "false"}, {}, False),
        ("transfer = true", {}, {"transfer": "false"}, False),
        ("", {"LLMOPT_TRANSFER": "false"}, {"transfer": "true"}, True),
    ],
)
def test_a_switch_is_on_or_off(load, workspace, environ, flag, wanted):
    assert load(workspace, environ=environ, flags=flag).settings.transfer is wanted


def test_a_switch_that_is_neither_is_a_mistake(load):
    loaded = load(environ={"LLMOPT_TRANSFER": "1"})
    assert 'LLMOPT_TRANSFER: must be "true" or "false", not "1"' in only_problem(loaded)
    assert "llmopt.toml: transfer: must be true or false, not 1" in only_problem(
        load("transfer = 1")
    )


def test_an_empty_variable_says_nothing(load):
    assert load(environ={"LLMOPT_TARGET": "", "OLLAMA_HOST": ""}) == load()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tagret = 0.9", 'llmopt.toml: tagret: unknown key; did you mean "target"?'),
        ("target = 1.5", "llmopt.toml: target: must be between 0 and 1, not 1.5"),
        ("target = '0.9'", 'llmopt.toml: target: must be a number, not "0.9"'),
        ("max_iterations = 0", "llmopt.toml: max_iterations: must be 1 or more, not 0"),
        ("patience = 0", "llmopt.toml: patience: must be 1 or more, not 0"),
        ("repeats = 0", "llmopt.toml: repeats: must be 1 or more, not 0"),
        ("min_gain = -1", "llmopt.toml: min_gain: must be between 0 and 1, not -1.0"),
        ("server_wait = -1", "llmopt.toml: server_wait: must be 0 or more, not -1.0"),
        (
            "mode = 'atuo'",
            'llmopt.toml: mode: must be "manual" or "auto", not "atuo"; did you mean "auto"?',
        ),
        (
            "keep_alive = 'long'",
            'llmopt.toml: keep_alive: must be seconds or a duration like "10m"',
        ),
        ("interviewer = ' '", "llmopt.toml: interviewer: is empty"),
        ("host = 'ftp://x'", "llmopt.toml: host: A host starts with http:// or https://"),
        ("keymap = 'x'", 'llmopt.toml: keymap: must be a table, not "x"'),
        ("[keymap]\nrun = 5", "llmopt.toml: keymap.run: must be text, not 5"),
        (
            "[options]\ntemprature = 1",
            'llmopt.toml: options.temprature: unknown option; did you mean "temperature"?',
        ),
        (
            "[options]\nnum_ctx = 1.5",
            "llmopt.toml: options.num_ctx: must be a whole number, not 1.5",
        ),
        ("[options]\nstop = 'x'", "llmopt.toml: options.stop: must be a list of texts"),
        ("[options]\ntop_k = -1", "llmopt.toml: options.top_k: must be 0 or more, not -1"),
        ("[options]\nuse_mmap = 1", "llmopt.toml: options.use_mmap: must be true or false, not 1"),
        ("schema_version = 2", "llmopt.toml: schema_version: 2 is not supported"),
        ("a = ", "llmopt.toml: is not valid TOML: "),
        (
            "[[endpoints]]\nname = 'a'\nurl = 'http://a'\nkind = 'olama'",
            'llmopt.toml: endpoints 1, kind: must be "ollama" or "openai", not "olama"; did you',
        ),
        ("[[endpoints]]\nname = 'a'\nurl = ''", "llmopt.toml: endpoints 1, url: is empty"),
        (
            "[[endpoints]]\nname = 'a'\nurl = 'a'\nparallel = -1",
            "llmopt.toml: endpoints 1, parallel: must be 0 or more",
        ),
        (
            "[[endpoints]]\nname = 'a'\nurl = 'a'\napi_key_env = 'sk-123'",
            "llmopt.toml: endpoints 1, api_key_env: must be the name of an environment variable",
        ),
        (
            "[[endpoints]]\nname='a'\nurl='a'\n[[endpoints]]\nname='a'\nurl='b'",
            'llmopt.toml: endpoints 2, name: "a" is used twice',
        ),
    ],
)
def test_a_mistake_in_the_file_is_named_and_its_key_left_out(load, text, problem):
    loaded = load(text)
    assert only_problem(loaded).startswith(problem)
    assert loaded.settings == Settings()


def test_right_keys_hold_beside_wrong_ones(load):
    loaded = load("target = 2\nrepeats = 3\nnonsense = 1\n[options]\nseed = 4")
    assert len(loaded.problems) == 2
    assert loaded.settings == Settings(repeats=3, options={"seed": 4})


def test_a_mistake_is_named_where_it_was_made(load, tmp_path):
    loaded = load(
        user="target = 2",
        workspace="target = 3",
        environ={"LLMOPT_TARGET": "4"},
        flags={"target": "5", "max_iterations": "x"},
        options={"sed": "1", "seed": "x"},
    )
    assert [str(problem) for problem in loaded.problems] == [
        f"{tmp_path / 'user.toml'}: target: must be between 0 and 1, not 2.0",
        "llmopt.toml: target: must be between 0 and 1, not 3.0",
        "environment: LLMOPT_TARGET: must be between 0 and 1, not 4.0",
        "command line: --target: must be between 0 and 1, not 5.0",
        'command line: --max-iterations: must be a whole number, not "x"',
        'command line: --option sed: unknown option; did you mean "seed"?',
        'command line: --option seed: must be a whole number, not "x"',
    ]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("temperature", "0.5", 0.5),
        ("seed", "7", 7),
        ("use_mmap", "false", False),
        ("stop", "END", ["END"]),
        ("stop", '["a", "b"]', ["a", "b"]),
    ],
)
def test_an_option_gets_its_type_from_its_name(load, name, text, value):
    read = load(options={name: text}).settings.options[name]
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("temperature", "nan"),
        ("temperature", "9" * 400),
        ("seed", "9" * 30),
        ("stop", "[1]"),
        ("stop", "["),
        ("use_mmap", "1"),
        ("", "1"),
    ],
)
def test_an_option_that_no_server_takes_is_a_problem(load, name, text):
    assert only_problem(load(options={name: text}))


@pytest.mark.parametrize(
    ("text", "value"), [("10m", "10m"), ("1h30m", "1h30m"), ("-1", -1.0), ("300", 300.0)]
)
def test_keep_alive_is_a_duration_or_seconds(load, text, value):
    assert load(environ={"LLMOPT_KEEP_ALIVE": text}).settings.keep_alive == value


def test_keep_alive_in_quotes_may_be_seconds_too(load):
    loaded = load(workspace='keep_alive = "-1"')
    assert (loaded.problems, loaded.settings.keep_alive) == ((), "-1")


def test_servers_are_the_host_where_it_is_set_and_the_endpoints():
    gpu = Endpoint("gpu", "http://gpu")
    assert Settings().servers() == (Endpoint("ollama", ""),)
    assert Settings(endpoints=(gpu,)).servers() == (gpu,)
    assert Settings(host="box", endpoints=(gpu,)).servers() == (Endpoint("ollama", "box"), gpu)


def test_an_unreadable_file_is_a_problem(tmp_path):
    (tmp_path / "llmopt.toml").mkdir()
    loaded = load_settings(
        user_file=tmp_path / "none", workspace_file=tmp_path / "llmopt.toml", environ={}
    )
    assert "cannot be read" in only_problem(loaded)


def test_a_range_that_is_no_number_is_out_of_range():
    assert [f.where for f in replace(Settings(), target=float("nan")).faults()] == ["target"]
