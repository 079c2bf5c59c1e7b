// What the browser can tell about a click.

import type { Gesture } from '../loader/types';

/** Whether a person could have made this click: the browser's word, and the control in plain view. */
export const gestureOf = (element?: HTMLElement, event?: Event): Gesture => {
  if (!element || !event) return { trusted: false, visible: false };
  const { left, top, width, height } = element.getBoundingClientRect();
  const hit = (element.getRootNode() as ShadowRoot).elementFromPoint(left + width / 2, top + height / 2);
  const seen = !element.checkVisibility || element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  return { trusted: event.isTrusted, visible: seen && element.contains(hit) };
};
