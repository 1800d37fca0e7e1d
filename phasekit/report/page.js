"use strict";
// Draws the charts whose data stand in the page, in the page's colours, light or dark.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const config = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
  const charts = [];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // "var(--accent)" anywhere in a chart means that colour of the page.
  const coloured = (value) => {
    if (typeof value === "string") {
      return value.startsWith("var(--") ? colour(value.slice(4, -1)) : value;
    }
    if (Array.isArray(value)) {
      return typeof value[0] === "object" ? value.map(coloured) : value;
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
    for (const key of ["xaxis", "yaxis"]) {
      if (given[key]) made[key] = axis(given[key]);
    }
    if (given.scene) {
      made.scene = { ...given.scene };
      for (const key of ["xaxis", "yaxis", "zaxis"]) made.scene[key] = axis(given.scene[key]);
    }
    return made;
  };

  const draw = (chart) => {
    const data = chart.spec.data.map(coloured);
    if (chart.chosen !== null) {
      for (const trace of data) {
        if (trace.meta !== undefined) trace.visible = trace.meta === chart.chosen;
      }
    }
    const given = structuredClone(chart.spec.layout);
    if (chart.spec.axis && chart.chosen !== null) given.yaxis.title.text = chart.chosen;
    const camera = chart.node.layout?.scene?.camera;
    if (camera && given.scene) given.scene.camera = camera;
    Plotly.react(chart.node, data, layout(given), config);
  };

  for (const source of document.querySelectorAll("script[data-chart]")) {
    const name = source.dataset.chart;
    const select = document.querySelector(`select[data-for="${name}"]`);
    const chart = {
      node: document.getElementById(name),
      spec: JSON.parse(source.textContent),
      chosen: select ? select.value : null,
    };
    if (select) {
      select.addEventListener("change", () => {
        chart.chosen = select.value;
        draw(chart);
      });
    }
    charts.push(chart);
    draw(chart);
  }
  dark.addEventListener("change", () => charts.forEach(draw));
})();
