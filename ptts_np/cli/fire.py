"""Functions as commands, by Fire, without its surprises.

Fire calls a function before it notices an unknown flag, and reads arguments as Python literals, so
that the texts `3.14` and `None` would not stay text. Here the arguments are checked against the
function's signature first, and arrive as what its annotations say.
"""

import difflib
import functools
import inspect
from collections.abc import Callable
from typing import Any, NoReturn

from ptts_np.errors import InputError
from ptts_np.sampling import OPTIONS

Command = Callable[..., None]

# no argument of a person's is this, so Fire never splits a command in two
_SEPARATOR = "\x1f"


class Group:
    """A program of several commands."""

    def __init__(self, name: str, summary: str, example: str) -> None:
        self.name = name
        self.summary = summary
        self.example = example
        self.commands: dict[str, Command] = {}

    def add(self, function: Command) -> Command:
        """Make a function a command of its own name."""
        self.commands[function.__name__] = function
        return function

    def run(self, arguments: list[str]) -> None:
        """Carry out one command. Raises InputError for arguments it doesn't take."""
        if not arguments or arguments[0] in ("--help", "-h", "help"):
            print(self.overview())
            return
        if arguments[0] == "--version":
            from ptts_np import __version__

            print(f"{self.name} {__version__}")
            return
        name, rest = arguments[0].replace("-", "_"), arguments[1:]
        if name not in self.commands:
            self._refuse(f"there is no command {arguments[0]!r}", arguments[0], self.commands, "")
        function = self.commands[name]
        options = rest[: rest.index("--")] if "--" in rest else rest
        if any(argument in ("--help", "-h") for argument in options):
            print(self._help(name))
            return
        self._fire(name, function, self._bind(name, function, rest))

    def overview(self) -> str:
        """All commands, a line each."""
        rows = [f"{self.name}: {self.summary}", "", "Commands:"]
        width = max(map(len, self.commands))
        for name, function in self.commands.items():
            rows.append(f"  {name:{width}}  {_first_line(function)}")
        rows += ["", f"Example: {self.example}", f"More:    {self.name} COMMAND --help"]
        return "\n".join(rows)

    def _help(self, name: str) -> str:
        from fire import helptext, trace

        started = trace.FireTrace(self.commands, name=self.name)
        started.AddAccessedProperty(self.commands[name], name, [name], None, None)
        return str(helptext.HelpText(self.commands[name], trace=started))

    def _bind(self, name: str, function: Command, arguments: list[str]) -> dict[str, str]:
        """Arguments by parameter, all of which the function has, none of them missing."""
        parameters = inspect.signature(function).parameters
        places = [p.name for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        free = list(places)
        bound: dict[str, str] = {}
        waiting = list(arguments)
        only_places = False
        while waiting:
            argument = waiting.pop(0)
            if argument == "--" and not only_places:
                only_places = True
                continue
            if only_places or not _is_flag(argument):
                if not free:
                    quote = " (put quotes around a text)" if places else ""
                    raise InputError(f"{name} can't use the argument {argument!r}{quote}")
                key, value = free.pop(0), argument
            else:
                key, value = self._flag(name, parameters, argument, waiting)
                if key in free:
                    free.remove(key)
            if key in bound:
                raise InputError(f"{name} got {key} twice")
            bound[key] = value
        for key in places:
            if key not in bound and parameters[key].default is inspect.Parameter.empty:
                raise InputError(f"{name} needs {key.upper()}; see {self.name} {name} --help")
        return bound

    def _flag(
        self, name: str, parameters: Any, argument: str, waiting: list[str]
    ) -> tuple[str, str]:
        """One flag's parameter and value; the value may be the next argument."""
        flag, equals, value = argument.partition("=")
        key = flag.lstrip("-").replace("-", "_")
        if not flag.startswith("--"):
            short = [parameter for parameter in parameters if parameter.startswith(key)]
            key = short[0] if len(key) == 1 and len(short) == 1 else key
        positive = key[2:] if key.startswith("no") else None
        if key not in parameters and positive in parameters and not equals:
            key, value, equals = str(positive), "False", "="
        if key not in parameters:
            self._refuse(f"{name} has no option {flag}", key, parameters, "--")
        if not equals and parameters[key].annotation is bool:
            return key, "True"
        if not equals:
            if not waiting or (_is_flag(waiting[0]) and waiting[0] != "-"):
                raise InputError(f"{flag} needs a value")
            value = waiting.pop(0)
        return key, value

    def _fire(self, name: str, function: Command, given: dict[str, str]) -> None:
        import fire
        from fire.decorators import SetParseFns

        parameters = inspect.signature(function).parameters
        readers = {
            key: functools.partial(_convert, f"--{key}", parameters[key].annotation)
            for key in given
        }
        flags = [f"--{key}={value}" for key, value in given.items()]
        component = {name: SetParseFns(**readers)(function)}
        fire.Fire(component, [name, *flags, "--", f"--separator={_SEPARATOR}"], self.name)

    def _refuse(self, message: str, word: str, known: Any, dashes: str) -> NoReturn:
        near = difflib.get_close_matches(word, list(known), n=1)
        hint = f"did you mean {dashes}{near[0]}?" if near else f"see {self.name} --help"
        raise InputError(f"{message}; {hint}")


def sampled(function: Command) -> Command:
    """Give a command that takes `**options` the sampling options as flags of their own."""
    signature = inspect.signature(function)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    flags = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind | None
        )
        for name, (kind, _) in OPTIONS.items()
    ]
    function.__signature__ = signature.replace(parameters=[*own, *flags])  # type: ignore[attr-defined]
    helps = [f"        {name}: {allowed.help}" for name, (_, allowed) in OPTIONS.items()]
    function.__doc__ = "\n".join([(function.__doc__ or "").rstrip(), *helps, "    "])
    return function


def _is_flag(argument: str) -> bool:
    """As Fire sees it: negative numbers and a lone dash are values."""
    return argument.startswith("--") or (
        len(argument) > 1 and argument[0] == "-" and argument[1].isalpha()
    )


def _convert(name: str, annotation: Any, value: str) -> Any:
    if annotation is bool:
        if value.lower() not in ("true", "false"):
            raise InputError(f"{name} is a switch, not something with the value {value!r}")
        return value.lower() == "true"
    for kind, words in ((int, "a whole number"), (float, "a number")):
        if annotation in (kind, kind | None):
            try:
                return kind(value)
            except ValueError:
                raise InputError(f"{name} must be {words}, not {value!r}") from None
    return value


def _first_line(function: Command) -> str:
    return (inspect.getdoc(function) or "").splitlines()[0]
