/** How do the results look? Bars of added processor time, a group for each workload (at the smallest number of connections). */
import type { Figures } from "./figures.ts";

const WIDTH = 860;
const LABELS = 200;
const BAR = 15;
const ROW = 20;
const GROUP_HEAD = 34;
const COLORS = { ours: "#0b6e4f", reference: "#c05621", other: "#8a94a6" };

export function chart(figures: readonly Figures[]): string {
  const connections = Math.min(...figures.map((one) => one.cell.connections));
  const shown = figures.filter(
    (one) => one.cell.connections === connections && one.variant.name !== "no filter",
  );
  const cells = [...new Set(shown.map((one) => one.cell))];
  const parts: string[] = [];
  let y = 40;
  for (const cell of cells) {
    const group = shown.filter((one) => one.cell === cell);
    parts.push(text(12, y + 14, `${cell.workload.name}, ${connections} connections`, "bold"));
    y += GROUP_HEAD - 10;
    const most = Math.max(...group.map((one) => Math.max(one.added.high, one.added.value)));
    for (const one of group) {
      parts.push(bar(one, y, (WIDTH - LABELS - 90) / most));
      y += ROW;
    }
    y += 14;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>Processor time that each filter adds to a request</title>`,
    `<rect width="${WIDTH}" height="${y}" fill="white"/>`,
    text(12, 22, "Gateway CPU added to a request, µs (line: 95 % interval)", "bold"),
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function bar(one: Figures, y: number, scale: number): string {
  const { name } = one.variant;
  const color = name.startsWith("policy") ? "ours" : name === "ext_authz" ? "reference" : "other";
  const width = Math.max(one.added.value * scale, 1);
  const x = (value: number): string => (LABELS + Math.max(value, 0) * scale).toFixed(1);
  const middle = y + BAR / 2;
  return [
    text(LABELS - 8, y + 12, name, "normal", "end"),
    `<rect x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="${COLORS[color]}"/>`,
    `<line x1="${x(one.added.low)}" y1="${middle}" x2="${x(one.added.high)}" y2="${middle}" stroke="black"/>`,
    text(
      Number(x(Math.max(one.added.high, one.added.value))) + 8,
      y + 12,
      one.added.value.toFixed(1),
    ),
  ].join("\n");
}

function text(x: number, y: number, content: string, weight = "normal", anchor = "start"): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}" font-weight="${weight}" text-anchor="${anchor}">${escaped}</text>`;
}
