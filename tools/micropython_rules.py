"""What firmware sources may use: what MicroPython has, and what decides no dose by luck.

MicroPython parses some of this and fails when the line runs, perhaps months later in a fault
branch; the rest it lacks on the Pico alone, or does in another precision. Each rule says what to
write instead. Device drivers and the unix body are bound by the same rules.
"""

import ast
from collections.abc import Iterator

from tools.findings import Finding, Module, called
from tools.import_rules import imports, is_in, part_of

# Modules of MicroPython (and CPython) that a part may import. Parts that run on CPython as well
# stay with what both have; time is an argument in them, never read.
PORTABLE = {"struct", "binascii", "array"}
STANDARD = PORTABLE | {"sys", "time", "micropython", "gc", "select", "hashlib", "os"}
PICO = STANDARD | {"machine", "rp2", "uctypes", "io", "usbsend"}
MODULES = {
    "thecal_wire": PORTABLE,
    "pump.core": PORTABLE,
    "pump.store": PORTABLE | {"hashlib"},
    "pump.board.pico": PICO,
    "pump": STANDARD,
    "main": STANDARD,
    "virtual_main": STANDARD,
    "image.frozen": PICO | {"vfs", "crash"},
}

# Where the firmware starts, and where alone an error that nobody foresaw may be caught.
MAIN_MODULES = {
    "main", "virtual_main", "pump.__main__", "pump.app.__main__", "image.frozen.release.main",
}  # fmt: skip

# Integers only where a dose is decided or counted.
WHOLE_NUMBERS = ("pump.core", "pump.store")

# Where a control step runs, which takes no memory. mpy-tool freezes what is wider than this within
# a constant tuple as a long integer, though it would fit a small one: to reckon with it takes some.
FROZEN_SMALL = range(-0x2000, 0x2000)

# Attributes that the device does not have, and what to write instead.
MISSING = {
    "removeprefix": "compare with startswith() and slice",
    "removesuffix": "compare with endswith() and slice",
    "hexdigest": "binascii.hexlify(x.digest())",
    "bit_length": "count shifts in a loop",
    "bit_count": "count in a loop",
    "iter_unpack": "struct.unpack_from in a loop",
    "zfill": "a format such as '{:04d}'",
    "ljust": "a format such as '{:<8}'",
    "rjust": "a format such as '{:>8}'",
    "isascii": "compare each byte with 128",
}

# An `if` on one of these never holds when the code runs.
GUARDS = ("TYPE_CHECKING", "typing.TYPE_CHECKING")

SYNTAX: dict[type[ast.AST], tuple[str, str]] = {
    ast.Match: ("match", "write if and elif"),
    ast.AsyncFunctionDef: ("async", "parts say when they are next due; the loop calls them"),
    ast.AsyncFor: ("async", "parts say when they are next due; the loop calls them"),
    ast.AsyncWith: ("async", "parts say when they are next due; the loop calls them"),
    ast.Await: ("async", "parts say when they are next due; the loop calls them"),
}


def check(module: Module) -> list[Finding]:
    """All findings in one firmware module."""
    found = [*foreign_modules(module)]
    for node in ast.walk(module.tree):
        line = getattr(node, "lineno", 0)
        found += [Finding(module.path, line, *one) for one in everywhere(node)]
        found += [Finding(module.path, line, *one) for one in excepts(node, module.name)]
        if any(is_in(module.name, part) for part in WHOLE_NUMBERS):
            found += [Finding(module.path, line, *one) for one in whole_numbers(node)]
        if is_in(module.name, "pump.core"):
            found += [Finding(module.path, line, *one) for one in long_in_tuple(node)]
    return sorted(found, key=lambda finding: finding.line)


def foreign_modules(module: Module) -> Iterator[Finding]:
    """Imports of modules that the device lacks or that this part has no business with."""
    part = max((one for one in MODULES if is_in(module.name, one)), key=len, default="pump")
    hidden = lines_for_type_checkers(module.tree)
    for line, name in imports(module):
        top = name.partition(".")[0]
        if part_of(name) is None and top not in MODULES[part] and line not in hidden:
            may = ", ".join(sorted(MODULES[part]))
            yield Finding(module.path, line, "module", f"{part} may import {may}; not {top}")


def lines_for_type_checkers(tree: ast.Module) -> set[int]:
    """Lines under `if TYPE_CHECKING:`, which never run."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in GUARDS:
            for statement in node.body:
                lines.update(range(statement.lineno, (statement.end_lineno or 0) + 1))
    return lines


def everywhere(node: ast.AST) -> Iterator[tuple[str, str]]:
    """(rule, advice) for what no firmware source may hold."""
    if type(node) in SYNTAX:
        yield SYNTAX[type(node)]
    elif isinstance(node, ast.Slice) and node.step is not None:
        yield "stepped-slice", "MicroPython slices by steps in lists only: write a loop"
    elif isinstance(node, ast.Attribute) and node.attr in MISSING:
        yield "missing-method", f"MicroPython has no .{node.attr}: {MISSING[node.attr]}"
    elif isinstance(node, (ast.FunctionDef, ast.Lambda)) and node.args.posonlyargs:
        yield "positional-only", "MicroPython cannot parse `/` among parameters: leave it out"
    elif isinstance(node, ast.ClassDef) and node.keywords:
        yield "class-keyword", "MicroPython has no metaclass and no class keywords"
    elif isinstance(node, ast.Call) and node.keywords and called(node) == "from_bytes":
        yield "from-bytes", "int.from_bytes takes no keywords, signed= neither: use struct"


def excepts(node: ast.AST, module_name: str) -> Iterator[tuple[str, str]]:
    """(rule, advice) for handlers that would hide a mistake.

    The one broad handler of a firmware is in its main module, which makes a crash safe.
    """
    if not isinstance(node, ast.ExceptHandler):
        return
    if node.type is None:
        yield "bare-except", "name the exceptions that can happen here"
        return
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    broad = {"Exception", "BaseException"} & {ast.unparse(kind) for kind in kinds}
    if broad and module_name not in MAIN_MODULES:
        yield "broad-except", "name the exceptions; only a main module may catch them all"


def whole_numbers(node: ast.AST) -> Iterator[tuple[str, str]]:
    """(rule, advice) for numbers that differ between the Pico's 32-bit floats and a PC's 64."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)):
        yield "float", f"integers decide a dose: write {node.value!r} in a smaller unit"
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Div):
        yield "true-division", "use // and say which way it rounds"
    elif isinstance(node, ast.Name) and node.id == "float":
        yield "float", "integers decide a dose: no float() here"


def long_in_tuple(node: ast.AST) -> Iterator[tuple[str, str]]:
    """(rule, advice) for numbers that the image would hold as long integers."""
    if not isinstance(node, ast.Tuple):
        return
    try:
        values = [constant(element) for element in node.elts]
    except ValueError:
        return  # made when the line runs, not frozen
    if any(isinstance(value, int) and value not in FROZEN_SMALL for value in values):
        yield "long-in-tuple", "frozen in a tuple it is no small integer: give it a name"


def constant(node: ast.expr) -> object:
    """The value of a constant, or of whole numbers reckoned with; ValueError for the rest."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -number(node.operand)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return number(node.left) * number(node.right)
    raise ValueError(ast.unparse(node))


def number(node: ast.expr) -> int:
    """A constant that is a whole number."""
    value = constant(node)
    if not isinstance(value, int):
        raise ValueError(ast.unparse(node))
    return value
