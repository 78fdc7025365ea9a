// What a user agent string says, in words. Whoever signs in chooses that text, so it is a hint.

import { text } from "./text.js";

// The first that fits: most programs also carry the names of those that they descend from.
const PROGRAMS = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/(?:Chrome|Chromium|CriOS)\//, "Chrome"],
  [/\bVersion\/.*\bSafari\//, "Safari"],
];
const SYSTEMS = [
  [/\bWindows NT\b/, "Windows", "computer"],
  [/\biPhone\b/, "iPhone", "phone"],
  [/\biPad\b/, "iPad", "phone"],
  [/\bAndroid\b/, "Android", "phone"],
  [/\bCrOS\b/, "ChromeOS", "computer"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS", "computer"],
  [/\bLinux\b/, "Linux", "computer"],
];
const TOOL = /^([A-Za-z][\w.+-]{0,39})\/\d/; // curl/8.9, python-httpx/0.28

// name: what people call it. kind: computer, phone or program. isKnown: whether name says enough.
export function deviceOf(userAgent) {
  const program = PROGRAMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const [, system, kind] = SYSTEMS.find(([pattern]) => pattern.test(userAgent)) ?? [];
  if (program && system) {
    return { name: text.devices.on(program, system), kind, isKnown: true };
  }
  const tool = TOOL.exec(userAgent)?.[1];
  const name = program ?? system ?? (tool === "Mozilla" ? undefined : tool);
  return { name: name ?? text.devices.unknown, kind: kind ?? "program", isKnown: Boolean(name) };
}
