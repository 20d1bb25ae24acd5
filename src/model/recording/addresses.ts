/** IP and MAC addresses in text, replaced by ones that belong to nobody; the same each time. */

export type AddressKind = "ip4" | "ip6" | "mac";
/** Called for each address; returns which one of its kind it is, from 1 on. */
export type AddressNumber = (kind: AddressKind, address: string) => number;

const mac = /(?<![\w:.-])[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?![\w:])/g;
const ip6 = /(?<![\w:.])[0-9A-Fa-f:]{2,45}(?![\w:])/g;
const ip4 = /(?<![A-Za-z0-9.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?!\d)/g;
/** Of /proc/net/tcp and tcp6. */
const hex = /(?<=^ *\d+: .{0,60})\b(?:[0-9A-F]{8}|[0-9A-F]{32})(?=:[0-9A-F]{4} )/gm;
/** netstat of macOS writes the port behind a point, and cuts long addresses off before it. */
const cut = /(?<=^tcp.{0,100} )[0-9A-Fa-f:]*:[0-9A-Fa-f:]*(?=(?:%\w{1,16})?\.\d{1,5}(?:\s|$))/gm;

export function replaceAddresses(text: string, number: AddressNumber): string {
  const replace6 = (address: string) =>
    isNobodys6(address) ? address : `2001:db8::${number("ip6", address.toLowerCase()).toString(16)}`;
  return text
    .replace(mac, (address) => macOf(number("mac", address.toLowerCase())))
    .replace(cut, replace6)
    .replace(ip6, (address) => (isIp6(address) ? replace6(address) : address))
    .replace(hex, (address) => (isNobodysHex(address) ? address : hexOf(address, number)))
    .replace(ip4, (address, ...octets) => {
      const numbers = octets.slice(0, 4).map(Number);
      if (numbers.some((octet) => octet > 255) || isNobodys4(numbers)) return address;
      return ip4Of(number("ip4", address)).join(".");
    });
}

/** RFC 2544 keeps these for measurements: no machine has them. */
function ip4Of(number: number): number[] {
  return [198, 18, (number >> 8) & 255, number & 255];
}

function macOf(number: number): string {
  return hexBytes([2, 0, 0, 0, (number >> 8) & 255, number & 255])
    .join(":")
    .toLowerCase();
}

/** Each word of four bytes in the order of a little machine; RFC 3849 keeps 2001:db8 for documentation. */
function hexOf(address: string, number: AddressNumber): string {
  const four = address.length === 8;
  const place = number(four ? "ip4" : "ip6", address);
  const last = [(place >> 8) & 255, place & 255];
  const bytes = hexBytes(four ? ip4Of(place) : [0x20, 0x01, 0x0d, 0xb8, ...Array(10).fill(0), ...last]);
  const words: string[] = [];
  for (let at = 0; at < bytes.length; at += 4)
    words.push(
      bytes
        .slice(at, at + 4)
        .reverse()
        .join(""),
    );
  return words.join("");
}

function hexBytes(bytes: readonly number[]): string[] {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0").toUpperCase());
}

/** Loopback, "any", masks, and those that we put there. */
function isNobodys4([first, second, ...rest]: readonly number[]): boolean {
  if (first === 127 || (first === 198 && second === 18)) return true;
  if (first === 255 && second === 255) return true;
  return first === 0 && second === 0 && rest.every((octet) => octet === 0);
}

function isNobodys6(address: string): boolean {
  return address === "::1" || address === "::" || address.startsWith("2001:db8::");
}

function isNobodysHex(address: string): boolean {
  return /^(?:0+|.{6}7F|0{24}01000000|0{16}FFFF0000.{6}7F)$/.test(address);
}

function isIp6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2 || text.includes(":::") || !text.includes(":")) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length <= 7 : groups.length === 8;
}
