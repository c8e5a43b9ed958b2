import { clsx } from 'clsx';
import KeyRound from 'lucide-react/icons/key-round';
import LogOut from 'lucide-react/icons/log-out';
import Settings from 'lucide-react/icons/settings';
import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import type { Session } from '../../shared/domain/index.ts';
import { Brand } from '../ui/brand.tsx';
import { IconButton } from '../ui/button.tsx';
import { useServices } from './services.tsx';
import css from './shell.module.css';

type Props = { session: Session; workspaceName: string; children: ReactNode };

/** The frame of the signed-in app: navigation on the left, the person at its foot, the page on the right. */
export function Shell({ session, workspaceName, children }: Props) {
  const { t } = useTranslation();
  const { app } = useServices();
  const [location] = useLocation();
  const main = useRef<HTMLElement>(null);
  const onSettings = location.startsWith('/settings');
  return (
    <div className={css.shell}>
      {/* A button, because the hash of the address belongs to the routes. */}
      <button type="button" className={css.skip} onClick={() => main.current?.focus()}>
        {t('app.skip')}
      </button>
      <header className={css.side}>
        <div className={css.brand}>
          <Brand />
        </div>
        <nav aria-label={t('nav.label')} className={css.nav}>
          <NavLink
            href="/credentials"
            current={!onSettings}
            icon={<KeyRound />}
            text={t('nav.credentials')}
          />
          <NavLink href="/settings" current={onSettings} icon={<Settings />} text={t('nav.settings')} />
        </nav>
        <div className={css.person}>
          <span className={css.avatar} aria-hidden="true" title={session.personName}>
            {initials(session.personName)}
          </span>
          <div className={css.who}>
            <span className="visually-hidden">{t('nav.person', { name: session.personName })}</span>
            <span className={css.name} aria-hidden="true" dir="auto" title={session.personName}>
              {session.personName}
            </span>
            <span className={css.workspace} dir="auto" title={workspaceName}>
              {workspaceName}
            </span>
          </div>
          <IconButton
            label={t('nav.signOut')}
            icon={<LogOut aria-hidden="true" />}
            onPress={() => void app.signOut()}
          />
        </div>
      </header>
      <main ref={main} tabIndex={-1} className={css.main}>
        {children}
      </main>
    </div>
  );
}

type NavLinkProps = { href: string; current: boolean; icon: ReactNode; text: string };

function NavLink({ href, current, icon, text }: NavLinkProps) {
  return (
    <Link href={href} className={clsx(css.link)} {...(current ? { 'aria-current': 'page' as const } : {})}>
      {/* Where there is no room for the words, they are under the pointer. */}
      <span className={css.sign} aria-hidden="true" title={text}>
        {icon}
      </span>
      <span className={css.word}>{text}</span>
    </Link>
  );
}

/** "SP" for "Sample Person": first letters of the first and the last word. */
function initials(name: string): string {
  const words = name.split(/\s+/u).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return letters
    .map((word) => (word ? ([...word][0] ?? '') : ''))
    .join('')
    .toUpperCase();
}
