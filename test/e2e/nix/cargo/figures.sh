# What cargo takes for a project, cold and after edits, in the place where units run. Followed by lines with `step`.
# Attributes: source, vendored, members, edit0, edit1 and so on (trees). Written to out: a line for each, with its
# name, runs of rustc, processor time and wall time.
cp -R "$source" /build/source
chmod -R u+w /build/source
mkdir /build/home
export CARGO_HOME=/build/home CARGO_TARGET_DIR=/build/target
cd /build/source

use() { # VENDORED
  ln -sfn "$1" /build/vendor
  cp --no-preserve=mode "$1/config.toml" /build/home/
}

measured() { # NAME ARGUMENT...
  local TIMEFORMAT='%R %U %S' times wall user system runs
  times=$({ time cargo build -v -j2 --offline --locked "${@:2}" > /build/log 2>&1; } 2>&1) || {
    cat /build/log
    exit 1
  }
  read -r wall user system <<< "$times"
  # grep fails where there are none.
  runs=$(grep -c 'Running .*rustc --crate-name' /build/log) || true
  awk -v name="$1" -v wall="$wall" -v cpu="$user+$system" -v runs="$runs" \
    'BEGIN { split(cpu, parts, "+"); print name, runs, parts[1] + parts[2], wall }' >> "$out"
}

put() { # TREE FILE...
  local file
  for file in "${@:2}"; do cp --no-preserve=mode,timestamps "$1/$file" "/build/source/$file"; done
}

step() { # NUMBER VENDORED FILES ARGUMENT...
  local tree=edit$1
  use "$2"
  # shellcheck disable=SC2086
  put "${!tree}" $3
  measured "$1" "${@:4}"
  use "$vendored"
  # shellcheck disable=SC2086
  put "$source" $3
  cargo build -q -j2 --offline --locked > /build/log 2>&1
}

use "$vendored"
measured cold
cargo clean -q --offline ${members// / -p }
measured workspace
