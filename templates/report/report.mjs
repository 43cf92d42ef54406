// What a report does in a browser: draws, searches, and shows the graph around a step. No library, no network; every
// text of a build goes through textContent.

(() => {
  const element = (id) => document.getElementById(id);
  const data = JSON.parse(element("data").textContent);
  const { steps, files, analysis } = data;
  const critical = new Set(analysis.criticalPath);
  const users = steps.map(() => []);
  for (const [index, step] of steps.entries()) for (const input of step.inputs) users[input].push(index);

  const unit = data.hasTimes ? 1 : 0;
  const timeOf = (step) => Math.max(0, step.end - step.start);
  const shown = (time) => {
    if (unit === 0) return `${time}`;
    if (time < 1000) return `${Math.round(time)} ms`;
    if (time < 60_000) return `${(time / 1000).toFixed(time < 10_000 ? 2 : 1)} s`;
    return `${Math.floor(time / 60_000)} min ${Math.round((time % 60_000) / 1000)} s`;
  };
  const several = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const kinds = ["compile", "link", "archive", "command", "symlink", "stage"];
  const colorOf = (step) =>
    step.state === "failed" ? "failed" : kinds.includes(step.kind) ? step.kind : "command";

  /** An element with attributes and children; texts are texts. */
  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "onclick") node.addEventListener("click", value);
      else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };
  const drawing = (tag, attributes, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  // Head.
  const counts = analysis.counts;
  const run = counts.built + counts.failed;
  element("name").textContent = data.name;
  element("end").textContent = data.end;
  element("end").classList.add(data.end);
  element("when").textContent = data.at === "" ? "" : new Date(data.at).toLocaleString();
  const tile = (value, text) => make("div", { class: "tile" }, make("b", {}, value), make("span", {}, text));
  const busy = data.duration * data.jobs;
  const share = busy === 0 ? 0 : Math.round((100 * analysis.totalTime) / busy);
  element("tiles").append(
    ...(data.hasTimes ? [tile(shown(data.duration), "from start to end")] : []),
    tile(`${run}`, `of ${steps.length} steps ran`),
    tile(`${counts.cached}`, "had a result already"),
    ...(counts["cut-off"] > 0 ? [tile(`${counts["cut-off"]}`, "cut off: inputs as they were")] : []),
    ...(counts.failed > 0 ? [tile(`${counts.failed}`, "failed")] : []),
    ...(counts.waiting + counts.running > 0
      ? [tile(`${counts.waiting + counts.running}`, "not finished")]
      : []),
    ...(data.hasTimes
      ? [
          tile(shown(analysis.criticalTime), "on the critical path"),
          tile(`${share} %`, `of ${data.jobs} at a time in use`),
        ]
      : []),
  );

  const failed = steps.map((_, index) => index).filter((index) => steps[index].state === "failed");
  element("failures").hidden = failed.length === 0;
  for (const index of failed.slice(0, 50)) {
    element("failed").append(
      make(
        "p",
        {},
        make(
          "button",
          { type: "button", class: "mono", onclick: () => choose(index, true) },
          steps[index].label,
        ),
      ),
      make("pre", {}, steps[index].log.join("\n")),
    );
  }

  // Tables.
  const number = (text) => make("td", { class: "number" }, text);
  const nameCell = (text) => make("td", { class: "name", title: text }, text);
  const header = (...names) =>
    make(
      "thead",
      {},
      make("tr", {}, ...names.map((name, i) => make("th", { class: i === 0 ? "" : "number" }, name))),
    );
  const link = (index, ...cells) => {
    const row = make(
      "tr",
      { class: "link", tabindex: "0", "data-step": index, onclick: () => choose(index, true) },
      ...cells,
    );
    row.addEventListener("keydown", (event) => event.key === "Enter" && choose(index, true));
    return row;
  };
  const fill = (id, head, rows, empty) => {
    if (rows.length === 0) element(id).parentElement.replaceChildren(make("div", { class: "empty" }, empty));
    else element(id).replaceChildren(head, make("tbody", {}, ...rows));
  };
  const meter = (parts) =>
    make(
      "td",
      {},
      make(
        "div",
        { class: "bar" },
        ...parts
          .filter(([share]) => share > 0)
          .map(([share, name]) => make("i", { style: `width:${100 * share}%;background:var(--${name})` })),
      ),
    );

  const longest = Math.max(1, ...steps.map(timeOf));
  const rowOf = (index) =>
    link(
      index,
      nameCell(steps[index].label),
      meter([[timeOf(steps[index]) / longest, colorOf(steps[index])]]),
      number(shown(timeOf(steps[index]))),
    );
  element("critical-note").textContent = data.hasTimes
    ? `${several(analysis.criticalPath.length, "step")} that had to come one after the other: ${shown(analysis.criticalTime)} of ${shown(data.duration)}. More processors do not make the build shorter than this.`
    : "The log has no times. Put them there: |& unravel follow --record build.log";
  fill(
    "critical",
    header("step", "", "time"),
    data.hasTimes ? analysis.criticalPath.map(rowOf) : [],
    "Not known without times.",
  );
  const slowest = steps
    .map((_, index) => index)
    .filter((index) => timeOf(steps[index]) > 0)
    .sort((a, b) => timeOf(steps[b]) - timeOf(steps[a]));
  fill(
    "slowest",
    header("step", "", "time"),
    data.hasTimes ? slowest.slice(0, 60).map(rowOf) : [],
    "Not known without times.",
  );
  fill(
    "directories",
    header("directory", "built, cut off, cached, failed", "time"),
    analysis.directories.slice(0, 400).map(({ directory, counts: here, time }) => {
      const all = Object.values(here).reduce((sum, count) => sum + count, 0);
      const row = make(
        "tr",
        {
          class: "link",
          tabindex: "0",
          onclick: () => search(`${directory}/`),
          title: Object.entries(here)
            .filter(([, count]) => count > 0)
            .map(([state, count]) => `${count} ${state}`)
            .join(", "),
        },
        nameCell(directory === "" ? "." : directory),
        meter([
          [here.built / all, "compile"],
          [here["cut-off"] / all, "cutoff"],
          [here.cached / all, "cached"],
          [here.failed / all, "failed"],
        ]),
        number(data.hasTimes ? shown(time) : `${here.built} of ${all}`),
      );
      return row;
    }),
    "No steps.",
  );
  element("unread-note").textContent =
    "Files that steps have as inputs although their compiler did not read them, mostly headers behind an #if. An edit of such a file builds these steps again, which end as before.";
  fill(
    "unread",
    header("file", "not read by", "input of"),
    analysis.unreadFiles
      .slice(0, 400)
      .map(({ file, steps: all, unread }) =>
        make(
          "tr",
          { class: "link", onclick: () => search(files[file], true) },
          nameCell(files[file]),
          number(`${unread}`),
          number(`${all}`),
        ),
      ),
    analysis.told === 0
      ? "No compiler ran in this build, so nothing is known."
      : `None: compilers of ${several(analysis.told, "step")} ran, and read every file they were given.`,
  );

  // Timeline.
  const canvas = element("timeline");
  const tip = element("tip");
  const ran = steps
    .map((_, index) => index)
    .filter((index) => steps[index].end > 0 || steps[index].state === "running");
  const lanes = Math.max(1, ...ran.map((index) => steps[index].lane + 1));
  const whole = Math.max(1, data.duration);
  const [top, gap] = [20, 3];
  const laneHeight = Math.max(6, Math.min(34, Math.floor(420 / lanes)));
  const height = top + lanes * (laneHeight + gap) + 4;
  let view = { from: 0, to: whole };
  let chosen = -1;
  // By lane and start, so that a place is found by halving.
  const byLane = Array.from({ length: lanes }, () => []);
  for (const index of ran) byLane[steps[index].lane].push(index);
  for (const lane of byLane) lane.sort((a, b) => steps[a].start - steps[b].start);

  element("timeline-note").textContent = data.hasTimes
    ? "A row for each place where a step can run. The orange line is the critical path. Scroll with Ctrl to come closer, drag to move."
    : "A row for each place where a step ran, in the order of events: their length says nothing.";
  for (const [name, text] of [
    ["compile", "compile"],
    ["link", "link"],
    ["archive", "archive"],
    ["command", "command"],
    ["stage", "stage"],
    ["failed", "failed"],
    ["critical", "critical path"],
  ]) {
    if (["failed", "critical"].includes(name) || steps.some((step) => step.kind === name))
      element("keys").append(
        make("span", { class: "key" }, make("i", { style: `background:var(--${name})` }), text),
      );
  }
  function draw() {
    const width = canvas.parentElement.clientWidth;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.height = `${height}px`;
    const paint = canvas.getContext("2d");
    paint.scale(ratio, ratio);
    paint.clearRect(0, 0, width, height);
    const scale = width / (view.to - view.from);
    paint.font = "11px system-ui, sans-serif";
    paint.fillStyle = color("soft");
    paint.strokeStyle = color("line");
    for (const tick of ticks(view.from, view.to, Math.max(2, Math.floor(width / 110)))) {
      const x = Math.round((tick - view.from) * scale) + 0.5;
      paint.beginPath();
      paint.moveTo(x, top - 4);
      paint.lineTo(x, height);
      paint.stroke();
      paint.fillText(shown(tick), x + 3, 11);
    }
    const palette = new Map([...kinds, "failed", "critical", "ink"].map((name) => [name, color(name)]));
    const paper = color("paper");
    for (const [lane, members] of byLane.entries()) {
      const y = top + lane * (laneHeight + gap);
      for (const index of members) {
        const step = steps[index];
        if (step.end < view.from || step.start > view.to) continue;
        const x = (step.start - view.from) * scale;
        const long = Math.max(1, (step.end - step.start) * scale);
        paint.globalAlpha = step.state === "cut-off" ? 0.35 : 1;
        paint.fillStyle = palette.get(colorOf(step));
        paint.fillRect(x, y, long > 3 ? long - 1 : long, laneHeight);
        if (critical.has(index) && data.hasTimes) {
          paint.fillStyle = palette.get("critical");
          paint.fillRect(x, y + laneHeight - 3, long > 3 ? long - 1 : long, 3);
        }
        if (index === chosen) {
          paint.strokeStyle = palette.get("ink");
          paint.lineWidth = 2;
          paint.strokeRect(x, y, Math.max(3, long - 1), laneHeight);
          paint.lineWidth = 1;
        }
        if (long > 46 && laneHeight > 13) {
          // What was cut off is pale.
          paint.globalAlpha = 1;
          paint.fillStyle = step.state === "cut-off" ? palette.get("ink") : paper;
          const name = step.label.replace(/^.*\//, "");
          const room = Math.floor((long - 10) / 6.2);
          paint.fillText(
            name.length > room ? `${name.slice(0, Math.max(1, room - 1))}…` : name,
            x + 5,
            y + laneHeight / 2 + 4,
          );
        }
      }
    }
    paint.globalAlpha = 1;
  }
  function ticks(from, to, most) {
    const rough = (to - from) / most;
    const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
    const distance =
      [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
    const found = [];
    for (let tick = Math.ceil(from / distance) * distance; tick <= to; tick += distance) found.push(tick);
    return found;
  }
  let isDrawn = true;
  const redraw = () => {
    if (isDrawn)
      requestAnimationFrame(() => {
        isDrawn = true;
        draw();
      });
    isDrawn = false;
  };
  const stepAt = (event) => {
    const box = canvas.getBoundingClientRect();
    const members = byLane[Math.floor((event.clientY - box.top - top) / (laneHeight + gap))];
    if (members === undefined) return undefined;
    const scale = (view.to - view.from) / box.width;
    const time = view.from + (event.clientX - box.left) * scale;
    let [low, high] = [0, members.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[members[middle]].start <= time + 2 * scale) low = middle + 1;
      else high = middle;
    }
    const index = members[low - 1];
    return index !== undefined && steps[index].end >= time - 3 * scale ? index : undefined;
  };
  const zoom = (factor, middle = (view.from + view.to) / 2) => {
    const size = Math.min(whole, Math.max(whole / 5000, (view.to - view.from) * factor));
    const share = (middle - view.from) / (view.to - view.from);
    const from = Math.max(0, Math.min(whole - size, middle - share * size));
    view = { from, to: from + size };
    redraw();
  };
  let drag;
  canvas.addEventListener("mousemove", (event) => {
    if (drag !== undefined) {
      const moved = ((drag.x - event.clientX) / canvas.clientWidth) * (drag.view.to - drag.view.from);
      const size = drag.view.to - drag.view.from;
      const from = Math.max(0, Math.min(whole - size, drag.view.from + moved));
      view = { from, to: from + size };
      redraw();
      return;
    }
    const index = stepAt(event);
    tip.style.display = index === undefined ? "none" : "block";
    if (index === undefined) return;
    const step = steps[index];
    tip.textContent = `${step.label}${data.hasTimes ? ` · ${shown(timeOf(step))}` : ""} · ${step.state}`;
    const box = canvas.getBoundingClientRect();
    tip.style.left = `${Math.max(0, Math.min(event.clientX - box.left + 12, box.width - tip.offsetWidth))}px`;
    tip.style.top = `${event.clientY - box.top + 16}px`;
  });
  canvas.addEventListener("mouseleave", () => {
    tip.style.display = "none";
  });
  canvas.addEventListener("mousedown", (event) => {
    drag = { x: event.clientX, view };
  });
  window.addEventListener("mouseup", (event) => {
    if (drag !== undefined && Math.abs(event.clientX - drag.x) < 4 && event.target === canvas) {
      const index = stepAt(event);
      if (index !== undefined) choose(index, false);
    }
    drag = undefined;
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = canvas.getBoundingClientRect();
      zoom(
        event.deltaY > 0 ? 1.25 : 0.8,
        view.from + ((event.clientX - box.left) / box.width) * (view.to - view.from),
      );
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    const order = ran.toSorted((a, b) => steps[a].start - steps[b].start);
    const at = order.indexOf(chosen);
    if (event.key === "ArrowRight") choose(order[Math.min(order.length - 1, at + 1)], false);
    else if (event.key === "ArrowLeft" && at > 0) choose(order[at - 1], false);
    else if (event.key === "+") zoom(0.5);
    else if (event.key === "-") zoom(2);
    else return;
    event.preventDefault();
  });
  element("closer").addEventListener("click", () => zoom(0.5));
  element("farther").addEventListener("click", () => zoom(2));
  element("whole").addEventListener("click", () => {
    view = { from: 0, to: whole };
    redraw();
  });
  window.addEventListener("resize", redraw);
  window.addEventListener("beforeprint", draw);

  // The list of all steps: only what is seen is in the page.
  const rowHeight = 28;
  const texts = steps.map((step) =>
    `${step.label}\n${step.outputs.join("\n")}\n${step.command}\n${step.state}`.toLowerCase(),
  );
  let listed = steps.map((_, index) => index);
  let order = { by: (index) => index, up: true };
  const columns = [
    ["step", (index) => steps[index].label],
    ["state", (index) => steps[index].state],
    ["inputs", (index) => -(steps[index].inputs.length + steps[index].sources.length)],
    ["not read", (index) => -(steps[index].unread?.length ?? -1)],
    ["time", (index) => -timeOf(steps[index])],
  ];
  const list = element("list");
  const head = make(
    "thead",
    {},
    make(
      "tr",
      {},
      ...columns.map(([name, by], i) =>
        make(
          "th",
          {
            class: `sortable${i > 1 ? " number" : ""}`,
            onclick: () => {
              order = { by, up: order.by === by ? !order.up : true };
              arrange();
            },
          },
          name,
        ),
      ),
    ),
  );
  const body = make("tbody");
  list.append(head, body);
  function arrange() {
    const sign = order.up ? 1 : -1;
    const keys = new Map(listed.map((index) => [index, order.by(index)]));
    listed.sort((a, b) => {
      const [x, y] = [keys.get(a), keys.get(b)];
      return (x < y ? -sign : x > y ? sign : 0) || a - b;
    });
    showRows();
  }
  function showRows() {
    const box = element("rows");
    element("space").style.height = `${(listed.length + 1) * rowHeight}px`;
    const first = Math.max(0, Math.floor(box.scrollTop / rowHeight) - 4);
    const last = Math.min(listed.length, first + Math.ceil(box.clientHeight / rowHeight) + 8);
    list.style.top = `${first * rowHeight}px`;
    body.replaceChildren(
      ...listed.slice(first, last).map((index) => {
        const step = steps[index];
        const row = link(
          index,
          nameCell(step.label),
          make("td", { class: `state ${step.state}` }, step.state),
          number(`${step.inputs.length + step.sources.length}`),
          number(step.unread === undefined ? "" : `${step.unread.length}`),
          number(step.state === "built" || step.state === "failed" ? shown(timeOf(step)) : ""),
        );
        if (index === chosen) row.classList.add("chosen");
        return row;
      }),
    );
  }
  function search(text, isFile = false) {
    element("search").value = text;
    const wanted = text.toLowerCase().trim();
    const file = isFile ? files.indexOf(text) : files.indexOf(text.trim());
    const words = wanted.split(/\s+/).filter((word) => word !== "");
    listed = steps
      .map((_, index) => index)
      .filter(
        (index) =>
          (file >= 0 && steps[index].sources.includes(file)) ||
          words.every((word) => texts[index].includes(word)),
      );
    const what =
      file >= 0 ? `${several(listed.length, "step")} with this file` : `${listed.length} of ${steps.length}`;
    element("found").textContent = words.length === 0 ? several(steps.length, "step") : what;
    element("rows").scrollTop = 0;
    arrange();
    if (document.activeElement !== element("search") && text !== "")
      element("rows").scrollIntoView({ block: "center" });
  }
  element("search").addEventListener("input", (event) => search(event.target.value));
  element("rows").addEventListener("scroll", showRows);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.tagName === "INPUT") return;
    event.preventDefault();
    element("search").focus();
  });

  // The graph around a step: two steps to each side.
  const most = 9;
  function around(start, next) {
    const seen = new Set([start]);
    const levels = [];
    for (let level = [start], depth = 0; depth < 2; depth++) {
      const more = [];
      for (const index of level)
        for (const other of next(index))
          if (!seen.has(other)) {
            seen.add(other);
            more.push(other);
          }
      more.sort((a, b) => timeOf(steps[b]) - timeOf(steps[a]) || a - b);
      levels.push({ nodes: more.slice(0, most), hidden: Math.max(0, more.length - most) });
      level = more.slice(0, most);
    }
    return levels;
  }
  function showGraph(index) {
    const before = around(index, (at) => steps[at].inputs);
    const after = around(index, (at) => users[at]);
    const levels = [before[1], before[0], { nodes: [index], hidden: 0 }, after[0], after[1]].filter(
      ({ nodes }) => nodes.length > 0,
    );
    // As wide as the page at its widest; fewer columns have room for longer names.
    const [whole, between, rowGap, boxHeight, letter] = [1160, 40, 34, 26, 7.3];
    const boxWidth = Math.min(340, (whole - (levels.length - 1) * between) / levels.length);
    const width = levels.length * (boxWidth + between) - between;
    const letters = Math.floor((boxWidth - 18) / letter);
    const rows = Math.max(...levels.map(({ nodes, hidden }) => nodes.length + (hidden > 0 ? 1 : 0)));
    const tall = Math.max(70, rows * rowGap + 10);
    const place = new Map();
    const boxes = [];
    for (const [column, { nodes, hidden }] of levels.entries()) {
      const x = column * (boxWidth + between);
      const all = nodes.length + (hidden > 0 ? 1 : 0);
      const from = (tall - all * rowGap) / 2;
      for (const [row, node] of nodes.entries()) {
        const y = from + row * rowGap + (rowGap - boxHeight) / 2;
        place.set(node, { x, y });
        const name = steps[node].label;
        const text = name.length > letters ? `…${name.slice(1 - letters)}` : name;
        const box = drawing(
          "g",
          {
            class: `node${node === index ? " middle" : ""}`,
            transform: `translate(${x},${y})`,
            tabindex: 0,
            role: "button",
          },
          drawing("title", {}, `${name} (${steps[node].state})`),
          drawing("rect", { width: boxWidth, height: boxHeight, rx: 5 }),
          drawing("rect", {
            width: 5,
            height: boxHeight,
            rx: 2,
            style: `fill:var(--${steps[node].state === "cached" ? "cached" : colorOf(steps[node])});stroke:none`,
          }),
          drawing("text", { x: 12, y: 17 }, text),
        );
        box.addEventListener("click", () => choose(node, false));
        box.addEventListener("keydown", (event) => event.key === "Enter" && choose(node, false));
        boxes.push(box);
      }
      if (hidden > 0) {
        const y = from + nodes.length * rowGap + (rowGap - boxHeight) / 2;
        boxes.push(
          drawing(
            "g",
            { class: "node more", transform: `translate(${x},${y})` },
            drawing("text", { x: 12, y: 17 }, `and ${hidden} more`),
          ),
        );
      }
    }
    const edges = [];
    for (const [node, to] of place) {
      for (const input of steps[node].inputs) {
        const from = place.get(input);
        if (from === undefined || from.x >= to.x) continue;
        const [x1, y1, x2, y2] = [from.x + boxWidth, from.y + boxHeight / 2, to.x, to.y + boxHeight / 2];
        const bend = (x2 - x1) / 2;
        edges.push(
          drawing("path", {
            class: `edge${critical.has(node) && critical.has(input) && data.hasTimes ? " critical" : ""}`,
            d: `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`,
          }),
        );
      }
    }
    element("graph").replaceChildren(
      drawing(
        "svg",
        { width, height: tall, viewBox: `0 0 ${width} ${tall}`, role: "img" },
        ...edges,
        ...boxes,
      ),
    );
  }
  function choose(index, isFar) {
    if (index === undefined) return;
    chosen = index;
    const step = steps[index];
    element("step-name").textContent = step.label;
    element("step-note").textContent =
      "What it is made of stands on its left, what uses it on its right; the slowest of them where there are many.";
    showGraph(index);
    const facts = [["state", step.state]];
    if (data.hasTimes && timeOf(step) > 0)
      facts.push(["time", `${shown(timeOf(step))}, from ${shown(step.start)} on`]);
    if (step.outputs.length > 0) facts.push(["makes", step.outputs.join(", ")]);
    facts.push(
      ["made of", `${several(step.sources.length, "source file")}, ${several(step.inputs.length, "step")}`],
      ["used by", several(users[index].length, "step")],
    );
    if (step.unread !== undefined) {
      const names = step.unread.map((file) => files[file]);
      facts.push([
        "not read",
        names.length === 0
          ? "none of its files"
          : `${names.slice(0, 30).join(", ")}${names.length > 30 ? ` and ${names.length - 30} more` : ""}`,
      ]);
    }
    if (step.derivation !== "") facts.push(["derivation", step.derivation]);
    element("facts").replaceChildren(
      ...facts.flatMap(([name, text]) => [make("dt", {}, name), make("dd", { class: "mono" }, text)]),
    );
    if (step.sources.length > 0) {
      const names = step.sources.map((file) => files[file]);
      element("facts").append(make("dt", {}, "files"), make("dd", {}, make("pre", {}, names.join("\n"))));
    }
    if (step.command !== "")
      element("facts").append(make("dt", {}, "command"), make("dd", {}, make("pre", {}, step.command)));
    if (step.log.length > 0)
      element("facts").append(
        make("dt", {}, "printed"),
        make("dd", {}, make("pre", {}, step.log.join("\n"))),
      );
    showRows();
    redraw();
    if (isFar) element("step").scrollIntoView({ block: "start", behavior: "instant" });
  }

  // Light or dark, as the system has it until somebody chooses.
  element("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const isDark =
      root.dataset.theme === undefined
        ? matchMedia("(prefers-color-scheme: dark)").matches
        : root.dataset.theme === "dark";
    root.dataset.theme = isDark ? "light" : "dark";
    draw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  search("");
  draw();
  const [firstFailed] = failed;
  if (firstFailed !== undefined) choose(firstFailed, false);
})();
