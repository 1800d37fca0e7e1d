"use strict";
// Draws the charts whose data stand in the page, in the page's colours, light or dark.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const config = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
  const charts = [];
  const drawn = () => charts.filter((chart) => chart.drawn);
  const hidden = new Set(); // solvers that the reader does not want to see

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // "var(--accent)" anywhere in a chart means that colour of the page.
  const coloured = (value) => {
    if (typeof value === "string") {
      return value.startsWith("var(--") ? colour(value.slice(4, -1)) : value;
    }
    if (Array.isArray(value)) {
      return typeof value.at(-1) === "number" ? value : value.map(coloured);
    }
    if (value !== null && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coloured(item)]));
    }
    return value;
  };

  const axis = (given) => ({
    ...given,
    gridcolor: colour("--rule"),
    zerolinecolor: colour("--rule"),
    linecolor: colour("--rule"),
    color: colour("--ink"),
  });

  const layout = (given) => {
    const made = {
      ...given,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: colour("--ink"), family: "system-ui, sans-serif", size: 13 },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("--other"), activecolor: colour("--accent") },
    };
    for (const key of ["xaxis", "yaxis", "yaxis2"]) {
      if (given[key]) made[key] = axis(given[key]);
    }
    if (given.scene) {
      made.scene = { ...given.scene };
      for (const key of ["xaxis", "yaxis", "zaxis"]) made.scene[key] = axis(given.scene[key]);
    }
    return made;
  };

  // The page stores numbers as a list or, if they are many, as the bytes of an array.
  const ARRAYS = { f4: Float32Array, i4: Int32Array, u2: Uint16Array };
  const numbers = (stored) =>
    Array.isArray(stored) ? stored : new ARRAYS[stored.dtype](Uint8Array.from(atob(stored.bdata), (x) => x.charCodeAt(0)).buffer);

  // Gives a mesh the colours of its values; grey where a value is unknown.
  const painted = (trace, colouring, values) => {
    const { low, high, palette, label } = colouring;
    const place = (value) => Math.floor(((value - low) / (high - low)) * palette.length);
    const of = (value) => palette[Math.min(Math.max(place(value), 0), palette.length - 1)];
    const missing = colour("--other");
    const unknown = (value) => value === null || Number.isNaN(value);
    const { values: stored, ...rest } = trace;
    return {
      ...rest,
      vertexcolor: Array.from(values, (value) => (unknown(value) ? missing : of(value))),
      customdata: Array.from(values, (value) => (unknown(value) ? "unknown" : Number(value.toPrecision(4)))),
      hovertemplate: `%{x:.4g}, %{y:.4g}, %{z:.4g}<br>${label}: %{customdata}<extra></extra>`,
    };
  };

  // Width of a 3-D view in pixels; a narrower view moves the camera away.
  const ROOM = 640;

  const draw = (chart) => {
    const { spec, chosen } = chart;
    const data = spec.data.map((given) => {
      const trace = coloured(given);
      const meta = Object.entries(trace.meta ?? {});
      if (meta.length > 0) trace.visible = meta.every(([key, value]) => chosen[key] === value);
      if (hidden.has(trace.legendgroup)) trace.visible = false;
      return trace.values ? painted(trace, spec.colourings[chosen.colour], numbers(trace.values[chosen.colour])) : trace;
    });
    const given = structuredClone(spec.layout);
    if (chosen.metric) given[spec.titled ?? "yaxis"].title.text = chosen.metric;
    const camera = chart.node.layout?.scene?.camera ?? structuredClone(cameras.get(group(chart)));
    if (camera) {
      given.scene.camera = camera;
    } else if (given.scene) {
      const away = Math.max(1, ROOM / chart.node.clientWidth);
      for (const key of ["x", "y", "z"]) given.scene.camera.eye[key] *= away;
    }
    // In a narrow chart its buttons would lie on the legend.
    Plotly.react(chart.node, data, layout(given), { ...config, displayModeBar: chart.node.clientWidth > 480 && "hover" });
  };

  // Arrow keys turn a 3-D view about its upward axis and towards it; + and - zoom.
  const TURN = Math.PI / 24;
  const STEEPEST = 1.5;
  const keys = {
    ArrowLeft: (view) => (view.azimuth -= TURN),
    ArrowRight: (view) => (view.azimuth += TURN),
    ArrowUp: (view) => (view.height = Math.min(view.height + TURN, STEEPEST)),
    ArrowDown: (view) => (view.height = Math.max(view.height - TURN, -STEEPEST)),
    "+": (view) => (view.distance *= 0.9),
    "-": (view) => (view.distance /= 0.9),
  };
  keys["="] = keys["+"];

  const turn = (node, event) => {
    const move = keys[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const { eye, center, up } = node.layout.scene.camera;
    const [x, y, z] = [eye.x - center.x, eye.y - center.y, eye.z - center.z];
    const distance = Math.hypot(x, y, z);
    const view = { distance, azimuth: Math.atan2(x, z), height: Math.asin(y / distance) };
    move(view);
    const flat = view.distance * Math.cos(view.height);
    const turned = {
      x: center.x + flat * Math.sin(view.azimuth),
      y: center.y + view.distance * Math.sin(view.height),
      z: center.z + flat * Math.cos(view.azimuth),
    };
    Plotly.relayout(node, { "scene.camera": { eye: turned, center, up } });
  };

  // Views of one group turn together; those that are not drawn yet will be as the others are.
  const cameras = new Map();
  const group = (chart) => chart.spec.linked ?? chart.node.id;
  let leading = null;
  const follow = (chart, changed) => {
    const camera = changed["scene.camera"];
    if (!camera || leading) return;
    leading = chart;
    cameras.set(group(chart), camera);
    const others = drawn().filter((other) => other !== chart && group(other) === group(chart));
    const turned = others.map((other) => Plotly.relayout(other.node, { "scene.camera": structuredClone(camera) }));
    Promise.all(turned).finally(() => {
      leading = null;
    });
  };

  // A click on a heading sorts by it, a second click reverses the order.
  const sort = (table, column, button) => {
    const down = button.getAttribute("aria-sort") === "ascending";
    for (const other of table.querySelectorAll("thead button")) other.removeAttribute("aria-sort");
    button.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const value = (row) => row.cells[column].dataset.value;
    const compare = (one, other) => {
      const [a, b] = [value(one), value(other)];
      const [x, y] = [a, b].map((text) => (text === "inf" ? Number.MAX_VALUE : text === "" ? NaN : Number(text)));
      return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
    };
    const rows = [...body.rows].sort((one, other) => (down ? -compare(one, other) : compare(one, other)));
    body.append(...rows);
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    table.querySelectorAll("thead button").forEach((button, column) => {
      button.addEventListener("click", () => sort(table, column, button));
    });
  }

  const filters = new Map();
  const show = () => {
    for (const part of document.querySelectorAll("[data-solver]")) {
      const table = part.closest("table");
      const words = (table && filters.get(table.id)) ?? [];
      const text = part.textContent.toLowerCase();
      const unwanted = part.dataset.solver.split("\n").some((solver) => hidden.has(solver));
      part.hidden = unwanted || !words.every((word) => text.includes(word));
    }
  };

  for (const box of document.querySelectorAll("input[data-hides]")) {
    box.addEventListener("change", () => {
      if (box.checked) hidden.delete(box.dataset.hides);
      else hidden.add(box.dataset.hides);
      show();
      drawn().forEach(draw);
    });
  }
  for (const field of document.querySelectorAll("input[type=search]")) {
    field.addEventListener("input", () => {
      filters.set(field.dataset.for, field.value.toLowerCase().split(/\s+/).filter(Boolean));
      show();
    });
  }

  const begin = (chart) => {
    const { node, source } = chart;
    if (!chart.spec) {
      const name = source.dataset.chart;
      chart.spec = JSON.parse(source.textContent);
      chart.chosen = Object.fromEntries(Object.entries(chart.spec.choices ?? {}).map(([key, all]) => [key, all[0]]));
      for (const select of document.querySelectorAll(`select[data-for="${name}"]`)) {
        chart.chosen[select.dataset.key] = select.value;
        select.addEventListener("change", () => {
          chart.chosen[select.dataset.key] = select.value;
          draw(chart);
        });
      }
      if (chart.spec.layout.scene) node.addEventListener("keydown", (event) => turn(node, event));
    }
    chart.drawn = true;
    draw(chart);
    if (chart.spec.linked) node.on("plotly_relayout", (changed) => follow(chart, changed));
    node.on("plotly_click", ({ points: [{ customdata, data }] }) => {
      const detail = { seed: customdata, solver: data.name, problem: data.meta?.problem };
      if (customdata !== undefined) document.dispatchEvent(new CustomEvent("start", { detail }));
    });
  };

  // A browser has room for about sixteen 3-D views: those far from the window are removed.
  const end = (chart) => {
    if (!chart.spec.layout.scene) return;
    cameras.set(group(chart), chart.node.layout.scene.camera);
    chart.drawn = false;
    Plotly.purge(chart.node);
  };

  // A chart is drawn when the reader comes near, so that a page with many opens at once.
  const watch = new IntersectionObserver(
    (seen) => {
      for (const { target, isIntersecting } of seen) {
        const chart = charts.find(({ node }) => node === target);
        if (isIntersecting && !chart.drawn) begin(chart);
        if (!isIntersecting && chart.drawn) end(chart);
      }
    },
    { rootMargin: "50% 0px" },
  );
  for (const source of document.querySelectorAll("script[data-chart]")) {
    const chart = { node: document.getElementById(source.dataset.chart), source };
    charts.push(chart);
    watch.observe(chart.node);
  }
  window.addEventListener("beforeprint", () => charts.filter((chart) => !chart.drawn).forEach(begin));
  dark.addEventListener("change", () => drawn().forEach(draw));
})();
