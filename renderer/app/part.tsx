import { type ComponentType, type ReactNode, useEffect, useState } from 'react';

type Load<P> = () => Promise<{ default: ComponentType<P> }>;

const waiting: (() => Promise<unknown>)[] = [];

/**
 * A part of the page that lives in a file of its own. It is drawn at once where its file is already here, and
 * as soon as it is otherwise: React's own lazy components leave their place empty for 300 ms even then.
 * @param meanwhile shown while the file is on its way
 */
export function part<P extends object>(load: Load<P>, meanwhile: ReactNode = null): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  async function fetchPart(): Promise<ComponentType<P>> {
    loaded ??= (await load()).default;
    return loaded;
  }
  waiting.push(fetchPart);

  return function Part(props: P) {
    const [View, setView] = useState<ComponentType<P> | null>(() => loaded);
    useEffect(() => {
      if (View !== null) return;
      let here = true;
      fetchPart().then(
        (view) => here && setView(() => view),
        (error: unknown) =>
          here &&
          setView(() => {
            // Thrown while drawing, so that the error boundary shows it.
            throw error;
          }),
      );
      return () => {
        here = false;
      };
    }, [View]);
    return View === null ? meanwhile : <View {...props} />;
  };
}

/** Fetches all parts while nothing else is to do, so that none is waited for later. */
export function loadParts(): void {
  // Safari has no idle callback.
  const idle: (then: () => void) => void =
    'requestIdleCallback' in window ? (then) => requestIdleCallback(then) : (then) => setTimeout(then, 200);
  idle(() => {
    for (const fetchPart of waiting.splice(0)) {
      // Fetched again when it is needed, and told then.
      fetchPart().catch(() => {});
    }
  });
}
