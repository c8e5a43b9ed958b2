import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Redirect, Router, useLocation } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { useStore } from 'zustand';
import { CredentialsPage } from '../features/credentials/credentials-page.tsx';
import css from './app.module.css';
import type { AppStatus } from './app-store.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { Failure } from './failure.tsx';
import { loadParts, part } from './part.tsx';
import { useServices } from './services.tsx';
import { Shell } from './shell.tsx';
import { Toaster } from './toaster.tsx';

const WizardView = part(() => import('../features/enrol-wizard/wizard-view.tsx'));
const WelcomePage = part(() => import('../features/welcome/welcome-page.tsx'), <Opening />);
const SignInPage = part(() => import('../features/sign-in/sign-in-page.tsx'), <Opening />);
const SettingsPage = part(() => import('../features/settings/settings-page.tsx'));

/** The whole page. Routes live in the hash, so that every host serves the same single file. */
export function App() {
  return (
    <ErrorBoundary>
      <Router hook={useHashLocation}>
        <Routes />
      </Router>
      <Toaster />
    </ErrorBoundary>
  );
}

function Routes(): ReactNode {
  const { app } = useServices();
  const state = useStore(app.store);
  if (state.phase === 'loading') return <Opening />;
  if (state.phase === 'failed') return <Failure error={state.error} onRetry={() => void app.refresh()} />;
  return <Ready status={state.status} />;
}

function Ready({ status }: { status: AppStatus }): ReactNode {
  const { wizard } = useServices();
  const [location, navigate] = useLocation();
  const settingUp = useStore(wizard.store, (state) => state.setup !== null);
  const creating = location === '/create';
  const { workspace, session } = status;

  useEffect(loadParts, []);

  // A set-up keeps its own page to the end, although the workspace exists from step 4 on.
  if (creating && (workspace === null || settingUp)) {
    return (
      <WizardView frame="page" onLeave={() => navigate(workspace === null ? '/welcome' : '/credentials')} />
    );
  }
  if (workspace === null)
    return location === '/welcome' ? <WelcomePage /> : <Redirect to="/welcome" replace />;
  if (session === null) return <SignInPage workspaceName={workspace.name} />;

  const credentialId = location.match(/^\/credentials\/([0-9a-f-]{36})$/)?.[1] ?? null;
  const known = creating || credentialId !== null || location === '/credentials' || location === '/settings';
  if (!known) return <Redirect to="/credentials" replace />;
  return (
    <Shell session={session} workspaceName={workspace.name}>
      {location === '/settings' ? (
        <SettingsPage status={status} workspace={workspace} />
      ) : (
        <CredentialsPage openId={credentialId} />
      )}
      {creating && <WizardView frame="dialog" onLeave={() => navigate('/credentials')} />}
    </Shell>
  );
}

/** Stays empty for a moment, so that a quick start does not flash a text. */
function Opening() {
  const { t } = useTranslation();
  return (
    <p role="status" className={css.opening}>
      {t('app.loading')}
    </p>
  );
}
