// Names that only compilers for other systems define. What stands in a branch for one of them is not read on Linux,
// unless something that a unit reaches, or its command, defines the name after all.

import type { Bytes } from "../bytes.ts";
import { baseOf } from "./path.ts";

/** Reserved names all: no header of a Linux system defines one. At most 30, a bit each. */
const names = (
  "_WIN32 _WIN64 __WIN32__ _MSC_VER _MSC_FULL_VER __MINGW32__ __MINGW64__ __CYGWIN__ __CYGWIN32__ __APPLE__ __MACH__ __sun " +
  "__sun__ __SVR4 _AIX __hpux __MVS__ __FreeBSD__ __NetBSD__ __OpenBSD__ __DragonFly__ __HAIKU__ __QNX__ __QNXNTO__ " +
  "__Fuchsia__ __EMSCRIPTEN__ __wasi__ __ANDROID__ __BORLANDC__ __WATCOMC__"
).split(" ");

/** The bit of a branch that nobody takes: no name is to blame. */
export const NEVER: number = 1 << names.length;

const bits: ReadonlyMap<string, number> = new Map(names.map((name, i) => [name, 1 << i]));

/** All names, for a compiler that may be one for another system. */
export const EVERY_NAME: number = NEVER - 1;

/** 0 for every other name. */
export function foreignBit(name: string): number {
  return bits.get(name) ?? 0;
}

/** More of them, and the name that says there is a configured header, which is for a project's own commands to define. */
const neverOutside = new Set(
  (
    "HAVE_CONFIG_H HAVE_WINDOWS_H _LIBC _MSVC_LANG WIN32 WIN64 _WIN32_WCE UNDER_CE __DJGPP__ MSDOS __MSDOS__ OS2 __OS2__ __EMX__ macintosh __riscos__ AMIGA " +
    "__AMIGA__ __amigaos__ __OS400__ __PLAN9__ VMS __VMS __VXWORKS__ __BEOS__ __NetWare__ NETWARE __SYMBIAN32__ __TANDEM " +
    "__minix __sgi __osf__ __ultrix__ _CRAY __NeXT__ __bsdi__ __SCO_VERSION__ __GNU__ __akaros__ __Lynx__ __nuttx__"
  ).split(" "),
);

/** Whether no header outside a project defines a name. */
export function isNeverOutside(name: string): boolean {
  return bits.has(name) || neverOutside.has(name);
}

const mentioned = new RegExp(`${names.join("|")}|#[ \\t]*if[ \\t]+[01]\\b`);

/** Whether conditions in a file can say anything about these names. */
export function mayMention(contents: Bytes): boolean {
  return mentioned.test(contents);
}

/** Whether a compiler, by its name and words, compiles for Linux, and a unit as one text in today's way. */
export function isForLinux(program: Bytes, words: readonly Bytes[]): boolean {
  const native =
    /^(?:[\w.]+-(?:[\w.]+-)*linux(?:-\w+)?-)?(?:gcc|g\+\+|cc|c\+\+|c89|c99|cpp|clang|clang\+\+|clang-cpp)(?:-[\d.]+)?$/;
  return (
    native.test(baseOf(program)) &&
    !words.some(
      (word) =>
        /^-{1,2}(?:target|triple|specs|fms|config|cc1|mwin|mcygwin|traditional|fcxx-modules|fmodules$)/.test(
          word,
        ) || word === "-b",
    )
  );
}
