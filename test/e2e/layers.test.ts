// unravel.layers on the real Nix, and what umoci, an OCI tool of Debian, makes of the images.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildResult, type BuildStore, makeBuildStore, projectDirectory } from "./build-store.ts";
import { readTree } from "./file-tree.ts";

const minutes = 60_000;
const sample = join(projectDirectory, "samples/layers");

function expression(more = ""): string {
  return `let sample = arguments: import ${sample} ({
    inherit (e2e) unravel stdenv;
    src = ./source;
  } // arguments);
  in rec {
    inherit (sample { }) image greet count words;
    inherit (image) plan archive;
    notes = name: text: e2e.runCommand name { inherit text; } ''mkdir -p $out/share/$name; echo "$text" > $out/share/$name/text; echo "$text" > $out/share/notes'';
    single = (e2e.unravel.layers {
      name = "notes";
      contents = [ (notes "one" "1") (notes "two" "2") ];
      maxLayers = 1;
      compression = "gzip";
    }).archive;
    two = (sample { maxLayers = 2; }).image.plan;
    popular = (sample { maxLayers = 4; popularity = { greet = 5000; }; }).image.plan;
    ${more}
  }`;
}

interface PlannedLayer {
  readonly name: string;
  readonly paths: readonly string[];
}

describe("an image of two programs and their library", () => {
  let store: BuildStore;
  let umoci: string;
  let first: BuildResult;

  const layersIn = (path: string | undefined): readonly PlannedLayer[] =>
    JSON.parse(readFileSync(join(store.physical(path ?? ""), "layers.json"), "latin1"));
  const edit = (file: string, change: (text: string) => string): void => {
    const path = join(store.directory, "source", file);
    writeFileSync(path, change(readFileSync(path, "latin1")));
  };
  /** What Nix ran, without hashes; the packages themselves are not of interest. */
  const stagesOf = (result: BuildResult): readonly string[] => result.built.map(({ name }) => name).sort();
  /** An image layout in a directory of its own, from the archive. */
  const layoutOf = (archive: string | undefined, name: string): string => {
    const layout = join(store.directory, name);
    mkdirSync(layout);
    execFileSync("tar", ["-xf", store.physical(archive ?? ""), "-C", layout]);
    return layout;
  };
  const unpacked = (layout: string): string => {
    const bundle = `${layout}-bundle`;
    execFileSync(umoci, ["unpack", "--image", `${layout}:latest`, bundle], { stdio: "pipe" });
    return join(bundle, "rootfs");
  };
  const run = (root: string, ...command: readonly string[]): string =>
    execFileSync("unshare", ["--user", "--map-root-user", "chroot", root, ...command], { encoding: "utf8" });

  beforeAll(async () => {
    const fetched = execFileSync(join(projectDirectory, "scripts/fetch-program.sh"), ["umoci", "umoci"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    umoci = join(fetched.trim(), "bin/umoci");
    store = await makeBuildStore();
    cpSync(sample, join(store.directory, "source"), { recursive: true });
    first = await store.mustBuild(expression(), ["image", "archive", "plan", "greet", "count", "words"]);
  }, 5 * minutes);
  afterAll(() => store?.remove(), minutes);

  test("has a layer for what each program alone needs, for what they share, and for the links", () => {
    const [, , plan, greet, count, words] = first.paths;
    const layers = layersIn(plan);
    expect(layers.slice(1).map(({ name }) => name)).toEqual(["words-1.0", "count", "greet", "links"]);
    expect(layers[0]?.name).toMatch(/toolchain$/);
    expect(layers.slice(1, 4).map(({ paths }) => paths)).toEqual([[words], [count], [greet]]);
    expect(
      first.built
        .map(({ name }) => name)
        .filter((name) => name.startsWith("image-0-"))
        .sort(),
    ).toEqual(layers.map(({ name }) => `image-0-${name}`).sort());
  });

  test(
    "is read by umoci, and its programs run in it",
    async () => {
      const layout = layoutOf(first.paths[1], "first");
      const root = unpacked(layout);
      expect(run(root, "/bin/greet", "image of layers")).toBe("hello, Image Of Layers\n");
      expect(run(root, "/bin/count", "one two  three")).toBe("3\n");
      const { out } = await store.run("nix-store", ["-qR", first.paths[3] ?? "", first.paths[4] ?? ""]);
      const closure = out.trim().split("\n");
      for (const path of closure) {
        expect(readTree(root + path, { contents: false })).toEqual(
          readTree(store.physical(path), { contents: false }),
        );
      }
      const stat = JSON.parse(
        execFileSync(umoci, ["stat", "--json", "--image", `${layout}:latest`], { encoding: "utf8" }),
      );
      expect(stat.history.map((entry: { created_by: string }) => entry.created_by)).toEqual(
        layersIn(first.paths[2]).map(({ name }) => name),
      );
      const config = JSON.parse(readFileSync(join(`${layout}-bundle`, "config.json"), "utf8"));
      expect(config.process.args).toEqual(["/bin/greet", "image"]);
      expect(config.process.env).toContain("PATH=/bin");
    },
    2 * minutes,
  );

  test(
    "a changed program makes its own layer anew, and the links; the others are as they were",
    async () => {
      edit("greet.c", (text) => text.replace("hello, ", "good day, "));
      const changed = await store.mustBuild(expression(), ["image"]);
      expect(stagesOf(changed)).toEqual([
        "greet",
        "greetings",
        "greetings-layers",
        "image",
        "image-0-greet",
        "image-0-links",
        "image-r-root",
        "image.drv",
      ]);
    },
    2 * minutes,
  );

  test(
    "a comment in the library changes no image at all",
    async () => {
      edit("words.c", (text) => `${text}/* Nothing. */\n`);
      expect(stagesOf(await store.mustBuild(expression(), ["image"]))).toEqual(["words-1.0"]);
    },
    2 * minutes,
  );

  test(
    "one layer holds everything when there may be only one, packed by gzip when asked; the first package shows what two have",
    async () => {
      const { paths } = await store.mustBuild(expression(), ["single"]);
      const layout = layoutOf(paths[0], "single");
      const index = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"));
      const blob = (digest: string): string => join(layout, "blobs", digest.replace(":", "/"));
      const manifest = JSON.parse(readFileSync(blob(index.manifests[0].digest), "utf8"));
      expect(manifest.layers).toHaveLength(1);
      expect(manifest.layers[0].mediaType).toBe("application/vnd.oci.image.layer.v1.tar+gzip");
      const share = join(unpacked(layout), "share");
      expect(readdirSync(share)).toEqual(["notes", "one", "two"]);
      expect(readlinkSync(join(share, "notes"))).toMatch(/-one\/share\/notes$/);
    },
    3 * minutes,
  );

  test(
    "layers that are fewer than groups: the lowest rated share one, and the popular stand alone",
    async () => {
      const { paths } = await store.mustBuild(expression(), ["two", "popular"]);
      expect(layersIn(paths[0]).map(({ name }) => name)).toEqual(["rest", "links"]);
      expect(layersIn(paths[1]).map(({ name }) => name.replace(/^.*toolchain/, "toolchain"))).toEqual([
        "toolchain",
        "greet",
        "rest",
        "links",
      ]);
    },
    2 * minutes,
  );

  test(
    "wrong arguments are named with their place",
    async () => {
      const broken = async (attributes: string): Promise<string> => {
        const text = expression(`wrong = e2e.unravel.layers { name = "x"; ${attributes} };`);
        const { exitCode, log } = await store.build(text, ["wrong"]);
        expect(exitCode).not.toBe(0);
        return log.slice(log.indexOf("unravel.layers: ")).trim().replaceAll(store.directory, "");
      };
      expect(await broken("contents = [ ]; maxLayers = 0;")).toMatch(
        /^unravel\.layers: maxLayers must be a whole number from 1 to 127, not 0 \[plan\/settings\]\n\s+at \/default\.nix:18:62\n\s+hint: container engines stop at 127 layers; 100 leaves room for images that build upon this one$/,
      );
      expect(await broken('contents = [ ]; maxLayers = "many";')).toContain(
        "unravel.layers: maxLayers must be a whole number from 1 to 127, not a string [plan/settings]",
      );
      expect(await broken("contents = [ ]; config = { cmd = 1; };")).toContain(
        "config has no field cmd [plan/settings]",
      );
      expect(await broken("contents = [ ]; maxlayers = 3;")).toMatch(
        /there is no attribute "maxlayers" \[plan\/settings\]\n\s+hint: did you mean maxLayers\? attributes: compression, /,
      );
      expect(await broken("contents = 3;")).toContain(
        "contents must be a list, each element a path or a derivation, not 3 [plan/settings]",
      );
      expect(await broken('contents = [ ]; compression = "zip";')).toContain(
        'compression must be one of "none", "gzip", not "zip" [plan/settings]',
      );
    },
    2 * minutes,
  );
});
