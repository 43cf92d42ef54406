// What Nix says with `--log-format internal-json`: one event per line.

/** Activity type of a build (Nix's `actBuild`); its first field is the derivation. */
const buildActivity = 105;
/** Result type of a line that a builder printed (`resBuildLogLine`). */
const logLine = 101;

interface NixEvent {
  readonly action?: unknown;
  readonly type?: unknown;
  readonly fields?: unknown;
  readonly msg?: unknown;
}

/** Derivations whose build was started, in order. */
export function builtDerivations(text: string): readonly string[] {
  return eventsOf(text).flatMap(({ event }) => {
    if (event?.action !== "start" || event.type !== buildActivity || !Array.isArray(event.fields)) return [];
    return typeof event.fields[0] === "string" ? [event.fields[0]] : [];
  });
}

/** Messages, output of builders and lines that are no events, without colours. */
export function buildLog(text: string): string {
  return eventsOf(text)
    .flatMap(({ event, line }) => {
      if (event === undefined) return line === "" ? [] : [line];
      if (event.action === "msg" && typeof event.msg === "string") return [event.msg];
      if (event.action !== "result" || event.type !== logLine || !Array.isArray(event.fields)) return [];
      return [String(event.fields[0])];
    })
    .join("\n")
    .replace(/\x1b\[[0-9;]*m/g, "");
}

function eventsOf(text: string): readonly { readonly event?: NixEvent; readonly line: string }[] {
  return text.split("\n").map((line) => {
    if (!line.startsWith("@nix ")) return { line };
    try {
      return { event: JSON.parse(line.slice(5)) as NixEvent, line };
    } catch {
      return { line };
    }
  });
}
