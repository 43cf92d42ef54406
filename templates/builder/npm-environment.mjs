// Writes the environment that install scripts run with, as JSON and as a shell file, without what is this derivation's
// own. usage: node npm-environment.mjs DIRECTORY
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Of the derivation, of its sandbox, or different each time. */
const own =
  /^(?:_|HOME|IFS|NIX_ATTRS_.*|NIX_BUILD_.*|NIX_LOG_FD|NIX_SSL_CERT_FILE|OLDPWD|OPTIND|PS4|PWD|SHLVL|SSL_CERT_FILE|TEMP|TEMPDIR|TERM|TMP|TMPDIR|XDG_.*|__.*|args|build.*|builder|configure.*|dep[sA-Z].*|do[A-Z].*|dont.*|guess|initialPath|install.*|name|nativeBuildInputs|npmEnvironment|out|output.*|patches|phases|preferLocalBuild|prefix|propagated.*|shell|src|stdenv|strictDeps|system)$/;

const out = process.argv[2];
const kept = Object.entries(process.env).filter(([name]) => !own.test(name));
kept.push(["SHELL", process.env.SHELL ?? "/bin/sh"]);
const variables = new Map(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(join(out, "environment.json"), `${JSON.stringify(Object.fromEntries(variables), null, 1)}\n`);
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
writeFileSync(
  join(out, "environment.sh"),
  [...variables].map(([name, value]) => `export ${name}=${quote(value)}\n`).join(""),
);
