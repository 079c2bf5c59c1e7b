// composables/use-allowed.ts
import { onMounted, onUnmounted, ref, type Ref } from 'vue';

const EVENTS = ['ouinon:ready', 'ouinon:change'] as const;

/** Whether it may be used now; false on the server and until it is known. */
export function useAllowed(purpose: string, vendor?: string): Readonly<Ref<boolean>> {
  const allowed = ref(false);
  const look = () => {
    allowed.value = window.ouinon?.allowed?.(purpose, vendor) ?? false;
  };
  onMounted(() => {
    look();
    for (const event of EVENTS) document.addEventListener(event, look);
  });
  onUnmounted(() => {
    for (const event of EVENTS) document.removeEventListener(event, look);
  });
  return allowed;
}
