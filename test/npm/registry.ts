// A package registry on the loopback interface, for tests that let the real npm install: it serves packages that the
// test makes, and ends with the test.

import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import { type RawEntry, rawTarball } from "./raw-tar.ts";
import { tarball } from "./tarball.ts";

/** A package.json, and files beside it. */
export interface TestPackage {
  readonly manifest: { readonly name: string; readonly version: string; readonly [field: string]: unknown };
  readonly files?: Readonly<Record<string, string>>;
  /** What the tarball has after its package.json, instead of `files`. */
  readonly entries?: readonly RawEntry[];
}

export interface Registry {
  /** Ends in a slash. */
  readonly url: string;
  readonly tarballOf: (name: string, version: string) => Buffer;
  readonly close: () => Promise<void>;
}

interface Served {
  readonly manifest: TestPackage["manifest"];
  readonly data: Buffer;
  readonly path: string;
}

export function pack({ manifest, files = {}, entries }: TestPackage): Buffer {
  if (entries !== undefined)
    return rawTarball([{ path: "package/package.json", contents: JSON.stringify(manifest) }, ...entries]);
  return tarball(
    Object.entries({ "package.json": JSON.stringify(manifest), ...files }).map(([path, contents]) => ({
      path: `package/${path}`,
      contents,
    })),
  );
}

export async function openRegistry(packages: readonly TestPackage[]): Promise<Registry> {
  const served = packages.map((one): Served => {
    const { name, version } = one.manifest;
    const base = name.slice(name.indexOf("/") + 1);
    return { manifest: one.manifest, data: pack(one), path: `/${name}/-/${base}-${version}.tgz` };
  });
  const tarballs = new Map(served.map(({ path, data }) => [path, data]));
  let url = "";
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? "").replace(/\?.*$/, ""));
    const data = tarballs.get(path);
    if (data !== undefined) return void response.end(data);
    const versions = served.filter(({ manifest }) => `/${manifest.name}` === path);
    if (versions.length === 0) return void response.writeHead(404).end("{}");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(packument(path.slice(1), versions, url)));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  url = `http://127.0.0.1:${address.port}/`;
  return {
    url,
    tarballOf: (name, version) => {
      const found = served.find(({ manifest }) => manifest.name === name && manifest.version === version);
      if (found === undefined) throw new Error(`${name}@${version} is not served`);
      return found.data;
    },
    close: () => closeServer(server),
  };
}

function packument(name: string, versions: readonly Served[], url: string): object {
  return {
    name,
    "dist-tags": { latest: versions.at(-1)?.manifest.version },
    versions: Object.fromEntries(
      versions.map(({ manifest, data, path }) => [
        manifest.version,
        { ...published(manifest), dist: dist(data, url, path) },
      ]),
    ),
  };
}

/** The registry adds this one field, and makes an object of `bin`. */
function published(manifest: TestPackage["manifest"]): object {
  const scripts = manifest["scripts"];
  const hasInstallScript =
    typeof scripts === "object" &&
    scripts !== null &&
    ["preinstall", "install", "postinstall"].some((name) => name in scripts);
  const { bin } = manifest;
  return {
    ...manifest,
    ...(typeof bin === "string"
      ? { bin: { [manifest.name.slice(manifest.name.indexOf("/") + 1)]: bin } }
      : {}),
    ...(hasInstallScript ? { hasInstallScript } : {}),
  };
}

function dist(data: Buffer, url: string, path: string): object {
  return {
    tarball: `${url}${path.slice(1)}`,
    integrity: `sha512-${createHash("sha512").update(data).digest("base64")}`,
    shasum: createHash("sha1").update(data).digest("hex"),
  };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}
