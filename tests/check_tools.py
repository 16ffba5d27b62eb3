#!/usr/bin/python3
"""Whether this machine has what tests and demonstration use: reads the scripts of the tree and names each program, interpreter
or Python module that they call and that is not here, and each program whose libraries are not.

  check_tools.py SOURCE_DIR

What is looked at: first lines of scripts; commands in *.sh; the first word of what Python starts (run, Child, Popen, which ...);
absolute paths of programs anywhere in Python and C++; imports of Python; programs of the packages that these come from, and
sendmail as unpacked in build/sendmail. tests/bench is left out: its packages are a group of their own. Exit status 0, or 1 with
one line a finding.
"""
import ast
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))
import loads  # noqa: E402

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
STARTERS = {"run", "Child", "Popen", "which", "call", "check_call", "check_output"}
PROGRAM_PATH = re.compile(r"""["'\s](/(?:usr/)?(?:s?bin|lib(?:exec)?/postfix/sbin)/[\w.+-]+)""")
# Where a shell command's name may stand: at the start of a line, or behind one of these.
COMMAND = re.compile(r"(?:^\s*|(?:\|\|?|&&|;|\$\(|<\(|!)\s*|\b(?:if|then|else|do|while)\s+)"
                     r"(?:[A-Z_]+=\S*\s+)*([a-z][\w.+-]*)(?=\s|$|\))", re.M)
OF_XARGS = re.compile(r"\bxargs(?: -\w+(?: (?:\d+|\"[^\"]*\"))?)*\s+([a-z][\w.+-]*)")
# Not programs: what the shell has itself, and the words of its grammar.
SHELL = set("""if then else elif fi for while until do done case esac in function select time local export set shift exit return
    trap wait kill cd echo printf read test true false source eval exec command type mapfile readonly declare unset break continue
    umask ulimit""".split())


def scripts(root, *suffixes):
    for folder in ("contrib", "tests", ".ci"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix in suffixes and "bench" not in path.parts:
                yield path


def shell_code(text):
    """The text without comments, here-documents and quoted text; commands in "$(...)" stay."""
    text = re.sub(r"<<'?([A-Z]\w*)'?[^\n]*\n.*?\n\1\n", "\n", text, flags=re.S)
    code, nested, at = [], [], 0  # nested: '"' in quotes, "$" in a substitution
    while at < len(text):
        quoted = bool(nested) and nested[-1] == '"'
        if text[at] == "\\":
            at += 1  # with what it escapes
        elif text[at] == '"':
            nested.pop() if quoted else nested.append('"')
            code.append('"')
        elif text.startswith("$(", at):
            nested.append("$")
            code.append("$(")
            at += 1
        elif quoted:
            pass
        elif text[at] == "'":
            at = text.index("'", at + 1)
            code.append("''")
        elif text[at] == "#" and (at == 0 or text[at - 1].isspace()):
            at = text.index("\n", at) - 1
        else:
            if text[at] == ")" and nested:
                nested.pop()
            code.append(text[at])
        at += 1
    return re.sub(r"\$\{[^}]*\}", "", "".join(code))


def shell_words(text):
    """Names in command position, without the script's own functions, labels of cases and members of arrays."""
    code = shell_code(text)
    own = set(re.findall(r"(?m)^\s*(\w+)\(\)", code))
    for labels in re.findall(r"(?m)^\s*([\w-]+(?: \| [\w-]+)*)\)", code):
        own |= set(labels.split(" | "))
    for members in re.findall(r"\w+\+?=\(([^()$]*)\)", code):
        own |= set(members.split())
    return (set(COMMAND.findall(code)) | set(OF_XARGS.findall(code))) - own - SHELL


def python_words(tree):
    """The first word of each command that this module starts, where it is written out."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0]
        if isinstance(first, (ast.List, ast.Tuple)) and first.elts:
            first = first.elts[0]
        if name in STARTERS and isinstance(first, ast.Constant) and isinstance(first.value, str):
            if re.fullmatch(r"[/\w.+-]+", first.value):
                yield first.value


def python_modules(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0]


def collect(root):
    """Two dictionaries, name -> the first file that uses it: programs and Python modules."""
    programs, modules = {}, {}
    own = {path.stem for path in scripts(root, ".py")}
    for path in scripts(root, ".sh", ".py", ".cc", ".h", ""):
        text = path.read_text(encoding="utf-8", errors="replace")
        where = str(path.relative_to(root))
        words = set(PROGRAM_PATH.findall(text))
        first = text.split("\n", 1)[0]
        if first.startswith("#!"):
            words |= set(first[2:].split()[:2] if "/env " in first else first[2:].split()[:1])
        if path.suffix == ".sh" or "bash" in first or first == "#!/bin/sh":
            words |= shell_words(text)
        if path.suffix == ".py":
            tree = ast.parse(text)
            words |= set(python_words(tree))
            for module in set(python_modules(tree)) - own:
                modules.setdefault(module, where)
        for word in sorted(words):
            programs.setdefault(word, where)
    return programs, modules


def package_programs(path):
    """The ELF programs of the package that this program comes from: a wrapper script or a master starts the others."""
    def query(*words):
        return subprocess.run(["dpkg-query", *words], capture_output=True, text=True, check=False).stdout
    for name in (str(path), str(path).removeprefix("/usr")):
        owner = query("-S", name).split(":")[0]
        if owner:
            break
    else:
        return []
    files = [pathlib.Path(line) for line in query("-L", owner).splitlines()]
    return [file for file in files if file.is_file() and not file.is_symlink() and os.access(file, os.X_OK)]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1]).resolve()
    programs, modules = collect(root)
    findings = []
    look_into = set()
    for word, where in sorted(programs.items()):
        found = shutil.which(word, path=PATH)
        if not found:
            findings.append(f"{where}: {word} is not installed")
            continue
        found = pathlib.Path(found).resolve()
        look_into |= {found, *package_programs(found)}
    for module, where in sorted(modules.items()):
        if importlib.util.find_spec(module) is None:
            findings.append(f"{where}: the Python module {module} is not installed")
    unpacked = root / "build" / "sendmail"
    if not unpacked.is_dir():
        findings.append(f"{unpacked}: sendmail is not unpacked (tests/support/sendmail.py fetch)")
    findings += loads.findings([*sorted(look_into), *([unpacked] if unpacked.is_dir() else [])])
    print("\n".join(findings + [f"{len(programs)} programs, {len(modules)} modules, {len(look_into)} files loaded: "
                                f"{len(findings)} findings"]))
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
