import Cpu from 'lucide-react/icons/cpu';
import Laptop from 'lucide-react/icons/laptop';
import type { CredentialKind } from '../../shared/domain/index.ts';

type Props = { kind: CredentialKind; size?: number };

/** The sign of a kind of credential. Always stands next to its word. */
export function KindIcon({ kind, size = 18 }: Props) {
  if (kind === 'securityKey') return <SecurityKeyIcon size={size} />;
  const Icon = kind === 'software' ? Cpu : Laptop;
  return <Icon size={size} strokeWidth={1.75} aria-hidden="true" />;
}

/** A stick with a contact, which the icon set does not have. */
function SecurityKeyIcon({ size }: { size: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinejoin="round"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <rect x="1.500" y="7" width="14" height="10" rx="2.500" />
      <path d="M15.500 9h5.500a1.500 1.500 0 0 1 1.500 1.500v3a1.500 1.500 0 0 1-1.500 1.500h-5.500" />
      <circle cx="8.500" cy="12" r="2" />
      <path d="M19 11.500v1" />
    </svg>
  );
}
