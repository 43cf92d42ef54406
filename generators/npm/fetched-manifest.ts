// The package.json of a fetched package, for lockfiles that do not say what is in it.

import { type Bytes, toText } from "../../graph/bytes.ts";
import { anyPlatform, type PlatformNeeds, platformList } from "./platform.ts";

export interface FetchedManifest {
  readonly name: string;
  readonly bin: unknown;
  readonly needs: PlatformNeeds;
  readonly hasInstallScript: boolean;
}

const lifecycle = ["preinstall", "install", "postinstall"];

/** Somebody else's: what is of a wrong type says nothing. */
export function readFetched(contents: Bytes): FetchedManifest {
  const parsed = parse(contents);
  const { scripts } = parsed;
  const names = typeof scripts === "object" && scripts !== null ? Object.keys(scripts) : [];
  return {
    name: String(parsed["name"] ?? ""),
    bin: parsed["bin"],
    needs: {
      ...anyPlatform,
      os: platformList(parsed["os"]),
      cpu: platformList(parsed["cpu"]),
      libc: platformList(parsed["libc"]),
    },
    hasInstallScript: names.some((name) => lifecycle.includes(name)),
  };
}

function parse(contents: Bytes): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(toText(contents).replace(/^\ufeff/, ""));
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
