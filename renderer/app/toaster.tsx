import CircleCheck from 'lucide-react/icons/circle-check';
import { useStore } from 'zustand';
import { toastStore } from './toast-store.ts';
import css from './toaster.module.css';

/** Shows and reads out that something was done. */
export function Toaster() {
  const toast = useStore(toastStore, (state) => state.toast);
  return (
    <div role="status" className={css.place}>
      {toast !== null && (
        <p key={toast.id} className={css.toast}>
          <CircleCheck aria-hidden="true" />
          {toast.text}
        </p>
      )}
    </div>
  );
}
