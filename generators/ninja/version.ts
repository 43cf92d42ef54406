// `ninja_required_version`, by the rules of ninja 1.14 (src/version.cc).

import { type Bytes, toText } from "../../graph/bytes.ts";
import type { Span } from "../../graph/diagnostic.ts";
import { diagnosticOf, type NinjaDiagnostic, refuse } from "./error.ts";

/** The ninja whose language this frontend reads. */
export const NINJA_VERSION = "1.14.0.git";
const MAJOR = 1;
const MINOR = 14;

export interface Version {
  readonly major: number;
  readonly minor: number;
}

/** Major and minor number, 0 for what is no number; the rest is ignored. */
export function parseVersion(text: Bytes): Version {
  const [major = "", minor = ""] = text.split(".", 2);
  return { major: leadingInteger(major), minor: leadingInteger(minor) };
}

/** Refuses a manifest for a newer ninja; a manifest for an older major version is worth a warning. */
export function checkVersion(text: Bytes, at: Span): { version: Version; warning?: NinjaDiagnostic } {
  const version = parseVersion(text);
  const shown = toText(text);
  if (version.major < MAJOR) {
    const warning = diagnosticOf({
      code: "ninja/old-version",
      message: `written for ninja "${shown}", read as ninja 1.14`,
      ninja: `ninja: warning: ninja executable version (${NINJA_VERSION}) greater than build file ninja_required_version (${text}); versions may be incompatible.`,
      at,
      hint: "regenerate the manifest",
    });
    return { version, warning };
  }
  if (version.major > MAJOR || version.minor > MINOR) {
    refuse({
      code: "ninja/new-version",
      message: `needs ninja "${shown}", the language is known up to 1.14`,
      ninja: `ninja: fatal: ninja version (${NINJA_VERSION}) incompatible with build file ninja_required_version version (${text}).`,
      at,
      hint: "lower ninja_required_version if the manifest uses nothing newer",
    });
  }
  return { version };
}

/** C's `atoi`: white space, a sign, digits; clamped to 32 bits, where C leaves it undefined. */
function leadingInteger(text: string): number {
  const digits = /^[ \t\n\v\f\r]*([+-]?[0-9]+)/.exec(text)?.[1];
  if (digits === undefined) return 0;
  return Math.max(-0x80000000, Math.min(0x7fffffff, Number(digits)));
}
