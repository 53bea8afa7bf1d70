"""The package's modules import each other in one direction."""

import ast
from pathlib import Path

import faasfarm

SOURCE = Path(faasfarm.__file__).parent
MODULES = {
    ".".join([SOURCE.name, *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(".__init__"): path
    for path in SOURCE.rglob("*.py")
}


def imported(module: str, path: Path) -> set[str]:
    """Modules of the package that a module imports anywhere in it: within functions, and for types, too."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            # `from . import a` is an import of the module a, where there is one.
            names = [f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base for alias in node.names]
        else:
            continue
        found |= {name for name in names if name in MODULES and name != module}
    return found


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """The modules of a cycle, each importing the next; empty where there is none."""
    done: set[str] = set()

    def visit(module: str, way: list[str]) -> list[str]:
        if module in way:
            return way[way.index(module) :] + [module]
        if module in done:
            return []
        for other in sorted(graph[module]):
            if found := visit(other, [*way, module]):
                return found
        done.add(module)
        return []

    for module in sorted(graph):
        if found := visit(module, []):
            return found
    return []


def test_a_cycle_is_found_where_there_is_one() -> None:
    assert cycle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


def test_no_module_imports_one_that_imports_it() -> None:
    graph = {module: imported(module, path) for module, path in MODULES.items()}
    assert len(graph) > 30 and graph["faasfarm.vector"] >= {"faasfarm.served", "faasfarm.values"}
    assert not (found := cycle(graph)), " imports ".join(found)
