import { lazy, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Redirect, Router, useLocation } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { useStore } from 'zustand';
import { CredentialsPage } from '../features/credentials/credentials-page.tsx';
import css from './app.module.css';
import type { AppStatus } from './app-store.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { Failure } from './failure.tsx';
import { useServices } from './services.tsx';
import { Shell } from './shell.tsx';
import { Toaster } from './toaster.tsx';

const WizardView = lazy(() => import('../features/enrol-wizard/wizard-view.tsx'));
const WelcomePage = lazy(() => import('../features/welcome/welcome-page.tsx'));
const SignInPage = lazy(() => import('../features/sign-in/sign-in-page.tsx'));
const SettingsPage = lazy(() => import('../features/settings/settings-page.tsx'));

/** The whole page. Routes live in the hash, so that every host serves the same single file. */
export function App() {
  return (
    <ErrorBoundary>
      <Router hook={useHashLocation}>
        <Suspense fallback={<Opening />}>
          <Routes />
        </Suspense>
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
      {/* While a part is loaded, what is already there stays, and keeps its focus. */}
      <Suspense fallback={null}>
        {location === '/settings' ? (
          <SettingsPage status={status} workspace={workspace} />
        ) : (
          <CredentialsPage openId={credentialId} />
        )}
      </Suspense>
      <Suspense fallback={null}>
        {creating && <WizardView frame="dialog" onLeave={() => navigate('/credentials')} />}
      </Suspense>
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
