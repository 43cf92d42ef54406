#!/usr/bin/env node
// Makes test/vectors/nix.json: what real Nix prints for hashes, archives, paths, placeholders and derivations. It
// computes nothing itself. Needs scripts/setup-nix.sh; uses an empty store of its own.
//
// usage: scripts/make-vectors.mjs

import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const withNix = fileURLToPath(new URL("with-nix", import.meta.url));
const target = fileURLToPath(new URL("../test/vectors/nix.json", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "unravel-vectors-"));
const root = join(scratch, "root");
const environment = {
  ...process.env,
  UNRAVEL_NIX_ROOT: root,
  NIX_CONFIG: "extra-experimental-features = impure-derivations git-hashing",
};

function nix(...command) {
  const { status, stdout, stderr } = spawnSync(withNix, command, {
    env: environment,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${command.join(" ")}\n${stderr}`);
  return stdout.trim();
}

const evaluate = (expression) => JSON.parse(nix("nix", "eval", "--impure", "--json", "--expr", expression));
const read = (path) => readFileSync(root + path, "utf8");

function hashes() {
  const inputs = ["", "é", "\u0000\u0001", "a".repeat(63), "a".repeat(64), "a".repeat(65)];
  return ["md5", "sha1", "sha256", "sha512"].flatMap((algo) =>
    inputs.map((input) => {
      const file = join(scratch, "hashed");
      writeFileSync(file, input);
      const print = (format) => nix("nix", "hash", "file", "--type", algo, `--${format}`, file);
      return { algo, inputUtf8: input, hex: print("base16"), nix32: print("base32"), sri: print("sri") };
    }),
  );
}

const regular = (contents, executable = false) => ({ type: "regular", contents, executable });
const directory = (entries) => ({ type: "directory", entries });

function nodes() {
  let deep = regular("at the bottom");
  for (let i = 0; i < 60; i++) deep = directory({ [`level ${i}`]: deep });
  const many = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [
      `f${i}`,
      i % 3 === 0 ? { type: "symlink", target: `f${i + 1}` } : regular("x".repeat(i), i % 2 === 0),
    ]),
  );
  const lengths = Object.fromEntries(
    Array.from({ length: 18 }, (_, i) => ["n".repeat(i + 1), regular("c".repeat(i))]),
  );
  const odd = {
    "-": regular(""),
    ".hidden": regular("."),
    "a\nb": regular("\n"),
    ä: regular("ä"),
    "\\": regular("\\"),
    "..a": regular(""),
  };
  return {
    deep,
    many: directory(many),
    lengths: directory(lengths),
    odd: directory(odd),
    none: directory({}),
  };
}

function writeNode(path, node) {
  if (node.type === "symlink") symlinkSync(node.target, path);
  else if (node.type === "regular") {
    writeFileSync(path, node.contents);
    if (node.executable) chmodSync(path, 0o755);
  } else {
    mkdirSync(path);
    for (const [name, entry] of Object.entries(node.entries)) writeNode(join(path, name), entry);
  }
}

function archives() {
  return Object.entries(nodes()).map(([name, node]) => {
    const path = join(scratch, `node-${name}`);
    writeNode(path, node);
    const archive = execFileSync(withNix, ["nix-store", "--dump", path], {
      env: environment,
      maxBuffer: 1 << 26,
    });
    const base64 = archive.length < 500 ? { base64: archive.toString("base64") } : {};
    return {
      name,
      node,
      size: archive.length,
      sha256: createHash("sha256").update(archive).digest("hex"),
      ...base64,
    };
  });
}

function paths(nar) {
  const found = [];
  const refs = Array.from({ length: 9 }, (_, i) => evaluate(`builtins.toFile "ref${i}" "contents ${i}"`));
  const letters = refs.map((_, i) => `\${builtins.toFile "ref${i}" "contents ${i}"}`);
  for (const order of [letters, [...letters].reverse(), [letters[3], letters[3]]]) {
    const contents = order.map((letter) => refs[letters.indexOf(letter)]).join(" ");
    const path = evaluate(`builtins.toFile "refers" "${order.join(" ")}"`);
    found.push({ kind: "text", name: "refers", contents, refs: contents.split(" "), path });
  }
  for (const name of ["a".repeat(211), "+-._?=0", "a.drvx", "..a", ".a"]) {
    found.push({
      kind: "text",
      name,
      contents: "x",
      refs: [],
      path: evaluate(`builtins.toFile "${name}" "x"`),
    });
  }
  for (const { name } of nar) {
    const path = nix("nix", "store", "add", "--name", `n-${name}`, join(scratch, `node-${name}`));
    found.push({
      kind: "source",
      method: "nar",
      algo: "sha256",
      name: `n-${name}`,
      narOf: name,
      refs: [],
      path,
    });
  }
  for (const [algo, recursive] of ["md5", "sha1", "sha256", "sha512"].flatMap((algo) => [
    [algo, false],
    [algo, true],
  ])) {
    const hash = createHash(algo).update("any").digest("hex");
    const flag = recursive ? ["--recursive"] : [];
    const path = nix("nix-store", "--print-fixed-path", ...flag, algo, hash, "fixed");
    found.push({ kind: "fixed", method: recursive ? "nar" : "flat", algo, hash, name: "fixed", path });
  }
  return found;
}

const base = 'system = "x86_64-linux"; builder = "/bin/sh";';
const floating = `${base} __contentAddressed = true;`;
const text = `${floating} outputHashMode = "text"; outputHashAlgo = "sha256";`;
const sri = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

const expressions = {
  bare: `derivation { name = "bare"; ${base} }`,
  noArgs: `derivation { name = "no-args"; ${floating} args = []; empty = ""; }`,
  escapes: `derivation { name = "escapes"; ${floating} args = [ "\\"" "\\\\" "\\\\n" "\\n" "\\r" "\\t" "\\r\\n" "\u0001\u007f" "'" "\\\${x}" "é€😀" ]; "k.e-y_1" = "v\\n\\"w\\""; }`,
  longName: `derivation { name = "${"n".repeat(207)}"; ${floating} }`,
  manyOutputs: `derivation { name = "many"; ${floating} outputs = [ "out" "lib" "a" "B" "a-b" "a.b" "_" ]; }`,
  textOutputs: `derivation { name = "multi"; ${text} outputs = [ "a.drv" "b.drv" ]; }`,
  flatSha512: `derivation { name = "flat"; ${floating} outputHashMode = "flat"; outputHashAlgo = "sha512"; }`,
  git: `derivation { name = "git"; ${floating} outputHashMode = "git"; outputHashAlgo = "sha1"; }`,
  impure: `derivation { name = "impure"; ${base} __impure = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; }`,
  fixedSri: `derivation { name = "fixed-sri"; ${base} outputHash = "${sri}"; outputHashMode = "recursive"; }`,
  fixedSha1: `derivation { name = "fixed-sha1"; ${base} outputHash = "f572d396fae9206628714fb2ce00f72e94f2258f"; outputHashAlgo = "sha1"; outputHashMode = "flat"; }`,
  fixedText: `derivation { name = "t.drv"; ${base} outputHash = "${sri}"; outputHashMode = "text"; outputHashAlgo = "sha256"; }`,
  diamond: `let d = n: x: derivation { name = n; ${base} inherit x; outputs = [ "out" "dev" ]; };
    a = d "a" "1"; b = d "b" "\${a}"; c = d "c" "\${a.dev} \${a}"; in d "d" "\${b.dev} \${c} \${b}"`,
  sameHashInputs: `let d = n: derivation { name = "same"; ${base} outputHash = "${sri}"; x = n; };
    in derivation { name = "two-fixed"; ${base} x = "\${d "1"} \${d "2"}"; }`,
  deferred: `let a = derivation { name = "a"; ${floating} }; b = derivation { name = "b"; ${base} inherit a; };
    in derivation { name = "deferred"; ${base} inherit b; outputs = [ "out" "doc" ]; }`,
  floatingOnInput: `let a = derivation { name = "a"; ${base} }; in derivation { name = "on-input"; ${floating} inherit a; s = builtins.toFile "s" "t"; }`,
  dynamicOfFixed: `let p = derivation { name = "t.drv"; ${base} outputHash = "${sri}"; outputHashMode = "text"; outputHashAlgo = "sha256"; };
    in derivation { name = "dynamic-of-fixed"; ${base} x = builtins.outputOf p.outPath "out"; }`,
  dynamicMixed: `let p = derivation { name = "p.drv"; ${text} }; q = derivation { name = "q"; ${text} outputs = [ "x.drv" "y.drv" ]; }; o = builtins.outputOf;
    in derivation { name = "dynamic-mixed"; ${floating} x = [ p (o p.outPath "out") (o p.outPath "a") (o (o p.outPath "b") "c") q."x.drv" (o q."y.drv".outPath "out") ]; }`,
  dynamicDeferred: `let p = derivation { name = "p.drv"; ${text} }; in derivation { name = "dynamic-deferred"; ${base} x = builtins.outputOf p.outPath "out"; outputs = [ "out" "dev" ]; }`,
  structured: `let a = derivation { name = "a"; ${floating} }; in derivation { name = "structured"; ${floating} __structuredAttrs = true; outputs = [ "out" "dev" ];
    floats = [ 1.0 (-1.0) 0.1 1.0e14 1.0e15 1.5e15 123456789012345.6 1.0e16 1.0e20 1.0e-3 1.0e-4 1.5e-5 1.0e-7 1.7976931348623157e308 2.5e-308 0.30000000000000004 (0.0 * (-1)) 100.0 12345678.9 ];
    integers = [ 0 (-1) 9007199254740993 9223372036854775807 (-9223372036854775807) ];
    texts = [ "" "\\"\\\\/" "\\n\\r\\t" "\u0001\u001f\u007f" "é€😀" "</script>" "\${a}" ];
    nested = { b = { a = { }; }; B = [ ]; "a b" = [ [ ] [ [ null true false ] ] ]; "é" = 1; "😀" = 2; "\u007f" = 3; }; }`,
  structuredInput: `derivation { name = "structured-input"; ${base} __structuredAttrs = true; x = builtins.toFile "s" "t"; }`,
  drvFile: `let a = derivation { name = "a"; ${base} }; in derivation { name = "drv-file"; ${base} x = builtins.unsafeDiscardOutputDependency a.drvPath; y = a; }`,
  allOutputs: `let a = derivation { name = "a"; ${base} outputs = [ "out" "dev" ]; }; in derivation { name = "all-outputs"; ${base} x = a.drvPath; }`,
};

function derivations() {
  const found = new Map();
  for (const [name, expression] of Object.entries({ ...expressions, ...builds })) {
    const file = join(scratch, "expression.nix");
    writeFileSync(file, expression);
    const path = nix("nix-instantiate", file).split("\n")[0].split("!")[0];
    const closure = nix("nix-store", "--query", "--requisites", path).split("\n");
    for (const member of closure) {
      if (!member.endsWith(".drv") || found.has(member)) continue;
      const listed = nix("nix-store", "--query", "--references", member);
      const shown = JSON.parse(nix("nix", "derivation", "show", member));
      found.set(member, {
        name: member === path ? name : `input of ${name}`,
        aterm: read(member),
        references: listed === "" ? [] : listed.split("\n").sort(),
        path: member,
        // As text: a reader of JSON would lose 1.0 and long integers.
        shown:
          Object.keys(shown.derivations).length === 1 ? nix("nix", "derivation", "show", member) : undefined,
      });
    }
  }
  return [...found.values()];
}

function placeholders() {
  const found = ["out", "a.b", "_", "x".repeat(100)].map((output) => {
    const placeholder = evaluate(`builtins.placeholder "${output}"`);
    return { kind: "nix-output", output, placeholder };
  });
  for (const chain of [["out"], ["out", "out"], ["out", "a", "out"], ["out", "a", "a", "a", "a", "a", "a"]]) {
    let value = "p.outPath";
    for (const output of chain.slice(1)) value = `(builtins.outputOf ${value} "${output}")`;
    const discard = "builtins.unsafeDiscardStringContext";
    const expression = `let p = derivation { name = "p.drv"; ${text} }; in { s = ${discard} ${value}; d = ${discard} p.drvPath; }`;
    const { s, d } = evaluate(expression);
    found.push({ kind: "nix-computed-output", drvPath: d, outputs: chain, placeholder: s });
  }
  return found;
}

const builds = {
  plain: `derivation { name = "plain"; ${floating} args = [ "-c" "echo plain > $out" ]; }`,
  self: `let base = derivation { name = "base"; ${floating} args = [ "-c" "echo base > $out" ]; };
    in derivation { name = "self"; ${floating} outputs = [ "out" "dev" ]; args = [ "-c" "echo $out $out \${base} > $out; echo $out $dev > $dev" ]; }`,
  flat: `derivation { name = "flat"; ${floating} outputHashMode = "flat"; outputHashAlgo = "sha256"; args = [ "-c" "echo flat > $out" ]; }`,
};

/** Realisation ids and content-addressed outputs: seen after a build. */
function built() {
  const hashModulo = [];
  const caOutput = [];
  for (const expression of Object.values(builds)) {
    const file = join(scratch, "expression.nix");
    writeFileSync(file, expression);
    const drv = nix("nix-instantiate", file).split("\n")[0].split("!")[0];
    const [{ outputs }] = JSON.parse(nix("nix", "build", "--no-link", "--json", `${drv}^*`));
    for (const [output, path] of Object.entries(outputs)) {
      const [{ id }] = JSON.parse(nix("nix", "realisation", "info", "--json", `${drv}^${output}`));
      hashModulo.push({ drv, output, id });
      const { [path]: info } = JSON.parse(nix("nix", "path-info", "--json", "--json-format", "1", path));
      const { ca, narHash, references } = info;
      const method = ca.startsWith("fixed:r:") ? "nar" : "flat";
      caOutput.push({
        path,
        contents: read(path),
        executable: false,
        method,
        algo: "sha256",
        references,
        ca,
        narHash,
      });
    }
  }
  return { hashModulo, caOutput };
}

const good =
  '[("out","","r:sha256","")],[],[],"x86_64-linux","/bin/sh",["-c","x"],[("name","odd"),("out","x")]';
const texts = {
  canonical: `Derive(${good})`,
  versionedWithoutNeed: `DrvWithVersion("xp-dyn-drv",${good})`,
  otherVersion: `DrvWithVersion("xp-other",${good})`,
  trailingNewline: `Derive(${good})\n`,
  trailingText: `Derive(${good})x`,
  leadingBlank: ` Derive(${good})`,
  blankInside: `Derive(${good.replace("],[]", "], []")})`,
  cut: `Derive(${good}`,
  unsortedEnv: `Derive(${good.replace('("name","odd"),("out","x")', '("out","x"),("name","odd")')})`,
  doubledEnv: `Derive(${good.replace('("name","odd")', '("name","other"),("name","odd")')})`,
  needlessEscapes: `Derive(${good.replace('"-c"', '"\\-\\c\\x"')})`,
  rawNewline: `Derive(${good.replace('"-c"', '"a\nb\tc\rd"')})`,
  commaFirst: `Derive(${good.replace('["-c"', '[,"-c"')})`,
  commaLast: `Derive(${good.replace('"x"]', '"x",]')})`,
  noComma: `Derive(${good.replace('"-c","x"', '"-c""x"')})`,
  doubleComma: `Derive(${good.replace('"-c","x"', '"-c",,"x"')})`,
  doubledOutput: `Derive(${good.replace('[("out","","r:sha256","")]', '[("out","","r:sha256",""),("out","","sha256","")]')})`,
  noOutputs: `Derive(${good.replace('[("out","","r:sha256","")]', "[]")})`,
  unknownMethod: `Derive(${good.replace("r:sha256", "x:sha256")})`,
  unknownAlgo: `Derive(${good.replace("r:sha256", "r:sha999")})`,
  pathAndMethod: `Derive(${good.replace('"out","","r:sha256"', '"out","/nix/store/00000000000000000000000000000000-odd","r:sha256"')})`,
  hashWithoutMethod: `Derive(${good.replace('"r:sha256",""', '"","00"')})`,
  sourceOutsideStore: `Derive(${good.replace("[],[],", '[],["/tmp/x"],')})`,
  dynamicInPlain: `Derive(${good.replace("[],[],", '[("/nix/store/00000000000000000000000000000000-a.drv",([],[("out",["out"])]))],[],')})`,
  jsonArray: `Derive(${good.replace('("name","odd")', '("__json","[]")')})`,
  jsonBroken: `Derive(${good.replace('("name","odd")', '("__json","{")')})`,
  jsonBlanks: `Derive(${good.replace('("name","odd")', '("__json"," { \\"b\\" : 1.50 , \\"a\\" : \\"\\\\u00e9\\" } ")')})`,
  jsonDoubled: `Derive(${good.replace('("name","odd")', '("__json","{\\"a\\":1,\\"a\\":2}")')})`,
  jsonEmpty: `Derive(${good.replace('("name","odd")', '("__json","")')})`,
  empty: "",
  unfinishedString: 'Derive([("out',
};

/** Which odd texts Nix takes as derivations, and how it understands them. */
function tolerance() {
  return Object.entries(texts).map(([name, odd]) => {
    const file = join(scratch, "odd.drv");
    writeFileSync(file, odd);
    const add = spawnSync(withNix, ["nix", "store", "add", "--mode", "text", "--name", "odd.drv", file], {
      env: environment,
      encoding: "utf8",
    });
    if (add.status !== 0) return { name, text: odd, accepted: false };
    const path = add.stdout.trim();
    const show = spawnSync(withNix, ["nix", "derivation", "show", path], {
      env: environment,
      encoding: "utf8",
    });
    if (show.status !== 0) return { name, text: odd, accepted: false };
    return { name, text: odd, accepted: true, path, shown: show.stdout.trim() };
  });
}

try {
  const nar = archives();
  const made = {
    nix: nix("nix", "--version"),
    hash: hashes(),
    compress: [],
    nar,
    path: paths(nar),
    placeholder: placeholders(),
    drv: derivations(),
    ...built(),
    tolerance: tolerance(),
  };
  writeFileSync(target, `${JSON.stringify(made, null, 1)}\n`);
  const counts = Object.entries(made).filter(([, list]) => Array.isArray(list));
  console.log(counts.map(([name, list]) => `${name} ${list.length}`).join(", "));
} finally {
  spawnSync("chmod", ["-R", "u+w", scratch]);
  rmSync(scratch, { recursive: true, force: true });
}
