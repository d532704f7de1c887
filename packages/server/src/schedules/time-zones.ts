import { editDistance } from '@cloudtask/core/edit-distance';

/** Whether there is such a zone. Distances from UTC like `+01:00`, which know no clock changes, are none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The zone that was probably meant: a city without its continent, or up to three letters off. */
export function closestTimeZone(name: string): string | undefined {
  const wanted = name.toLowerCase().replaceAll(' ', '_');
  let best: { zone: string; distance: number } | undefined;
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    const whole = zone.toLowerCase();
    const city = whole.slice(whole.lastIndexOf('/') + 1);
    const distance = Math.min(editDistance(wanted, whole), editDistance(wanted, city));
    if (distance <= MOST_LETTERS && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { zone, distance };
  }
  return best?.zone;
}

const MOST_LETTERS = 3;
