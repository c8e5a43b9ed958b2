import Lock from 'lucide-react/icons/lock';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Workspace } from '../../../shared/domain/index.ts';
import type { AppStatus } from '../../app/app-store.ts';
import { Page } from '../../app/page.tsx';
import { chooseTheme, themeStore } from '../../app/theme.ts';
import { Copyable } from '../../ui/copyable.tsx';
import { Facts } from '../../ui/facts.tsx';
import { fileSize } from '../../ui/format.ts';
import { Day } from '../../ui/moment.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import css from './settings-page.module.css';
import { VerificationSetting } from './verification-setting.tsx';

/** Licence of the program, as its package names it (SPDX). */
const LICENCE = 'Apache-2.0';

/** What this installation is, and the few things that can be chosen. */
export default function SettingsPage({ status, workspace }: { status: AppStatus; workspace: Workspace }) {
  const { t } = useTranslation();
  const theme = useStore(themeStore, (state) => state.choice);
  return (
    <Page title={t('settings.title')} sub={t('settings.sub')}>
      <div className={css.sections}>
        <Section title={t('settings.appearance')}>
          <div className={css.line}>
            <div>
              <p>{t('settings.theme')}</p>
              <p className={css.note}>{t('settings.themeNote')}</p>
            </div>
            <Segmented
              label={t('settings.theme')}
              value={theme}
              onChange={chooseTheme}
              options={[
                { value: 'system', text: t('settings.system') },
                { value: 'light', text: t('settings.light') },
                { value: 'dark', text: t('settings.dark') },
              ]}
            />
          </div>
        </Section>
        <Section title={t('settings.workspace')}>
          <Facts
            facts={[
              { term: t('settings.name'), value: <bdi>{workspace.name}</bdi> },
              {
                term: t('settings.rpId'),
                value: (
                  <>
                    <span className="mono">{workspace.rpId}</span>
                    <p className={css.note}>{t('settings.rpIdNote')}</p>
                  </>
                ),
              },
              {
                term: t('settings.origins'),
                value: (
                  <ul>
                    {workspace.origins.map((origin) => (
                      <li key={origin} className="mono">
                        {origin}
                      </li>
                    ))}
                  </ul>
                ),
              },
              { term: t('settings.created'), value: <Day at={workspace.createdAt} /> },
            ]}
          />
        </Section>
        <Section title={t('settings.security')}>
          <VerificationSetting policy={workspace.userVerification} changeable={status.session !== null} />
        </Section>
        <Section title={t('settings.data')}>
          <Facts
            facts={[
              {
                term: t('settings.folder'),
                value: (
                  <Copyable text={status.dataFolder} what={t('settings.folder')}>
                    <span className="mono">{status.dataFolder}</span>
                  </Copyable>
                ),
              },
              { term: t('settings.storeSize'), value: fileSize(status.storeBytes, navigator.language) },
            ]}
          />
        </Section>
        <Section title={t('settings.privacy')}>
          <p className={css.privacy}>
            <Lock aria-hidden="true" />
            {t('settings.privacyText')}
          </p>
        </Section>
        <Section title={t('settings.about')}>
          <Facts
            facts={[
              { term: t('settings.version'), value: `Keywright ${status.version}` },
              { term: t('settings.host'), value: t(`settings.hosts.${status.host}`) },
              { term: t('settings.runtime'), value: status.runtime },
              { term: t('settings.licence'), value: LICENCE },
            ]}
          />
        </Section>
      </div>
    </Page>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={css.section} aria-label={title}>
      <h2 className={css.title}>{title}</h2>
      <div className={css.card}>{children}</div>
    </section>
  );
}
