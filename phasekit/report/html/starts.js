"use strict";
// Shows the object of the start that is chosen in the table of all starts, beside the reference.
(() => {
  const source = document.querySelector("script[data-starts]");
  if (!source) return;
  const { problems, scales } = JSON.parse(source.textContent);
  const table = document.getElementById(source.dataset.starts);
  const [title, place] = document.getElementById(`${table.id}-shown`).children;
  const buttons = () => [...table.querySelectorAll("tbody tr:not([hidden]) button")];

  const made = (tag, text, attributes = {}) => {
    const node = Object.assign(document.createElement(tag), attributes);
    node.append(text);
    return node;
  };

  // 256 colours as red, green, blue.
  const palettes = scales.map(({ colours }) =>
    colours.map((hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))),
  );

  const unpacked = async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };

  // Rows go up. A phase of 0 is outside the support and stays transparent: the page's grey shows.
  const picture = (values, { rows, columns, aspect }, palette, holes, label) => {
    const canvas = made("canvas", "", { width: columns, height: rows });
    canvas.style.aspectRatio = aspect;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    const image = new ImageData(columns, rows);
    values.forEach((value, index) => {
      const at = 4 * ((rows - 1 - Math.floor(index / columns)) * columns + (index % columns));
      image.data.set([...palette[value], holes && value === 0 ? 0 : 255], at);
    });
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  };

  const scale = ({ label, colours, ends }) => {
    const bar = made("span", "");
    bar.style.background = `linear-gradient(to right, ${colours.filter((_, at) => at % 15 === 0).join(", ")})`;
    const legend = made("small", `${label}: ${ends[0]} `, { className: "scale" });
    legend.append(bar, ` ${ends[1]}`);
    return legend;
  };

  const figure = async (name, text, planes) => {
    const values = await unpacked(text);
    const shown = made("figure", made("h4", name));
    let from = 0;
    scales.forEach((one, which) => {
      const row = made("div", "", { className: "planes" });
      for (const plane of planes) {
        const part = values.subarray(from, (from += plane.rows * plane.columns));
        row.append(picture(part, plane, palettes[which], which === 1, `${name}: ${one.title} ${plane.title}`));
      }
      shown.append(row, scale(one));
    });
    return shown;
  };

  let latest = 0;
  const show = async (button) => {
    const turn = ++latest;
    const row = button.closest("tr");
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent);
    const [solver, , seed, ...rest] = [...row.cells].map((cell) => cell.textContent);
    const { problem, object } = button.dataset;
    const figures = rest.slice(0, -1).map((text, at) => `${heads[at + 3]} ${text}`);
    const where = Object.keys(problems).length > 1 ? `${problem}, ` : "";
    const shown = [made("p", figures.join(" · "), { className: "note" })];
    if (object) {
      const { planes, reference, object: theirs } = problems[problem];
      const pair = made("div", "", { className: "pair" });
      pair.append(await figure(`seed ${seed}`, object, planes), await figure(reference, theirs, planes));
      const cuts = planes.map(({ title, size }) => [title, size].filter(Boolean).join(", ")).join("; ");
      shown.push(pair, made("p", `Planes: ${cuts}.`, { className: "note" }));
    } else {
      shown.push(made("p", `It failed: ${rest.at(-1)}.`));
    }
    if (turn !== latest) return;
    for (const other of table.querySelectorAll('button[aria-pressed="true"]')) other.ariaPressed = "false";
    button.ariaPressed = "true";
    title.textContent = `${solver}, ${where}seed ${seed}`;
    place.replaceChildren(...shown);
  };

  table.tBodies[0].addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row) show(row.querySelector("button"));
  });
  table.tBodies[0].addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const among = buttons();
    const next = among[among.indexOf(event.target) + step];
    if (!step || !next) return;
    event.preventDefault();
    next.focus();
    show(next);
  });
  document.addEventListener("start", ({ detail: { solver, problem, seed } }) => {
    const chosen = [...table.tBodies[0].rows].find((row) => {
      const button = row.querySelector("button");
      return row.dataset.solver === solver && button.dataset.problem === problem && button.textContent === `${seed}`;
    });
    if (!chosen) return;
    const button = chosen.querySelector("button");
    button.focus({ preventScroll: true });
    title.scrollIntoView();
    show(button);
  });
  // The first of the table, until another is chosen.
  const first = buttons().find((button) => button.dataset.object);
  if (first) show(first);
})();
