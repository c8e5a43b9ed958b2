import { Component, type ReactNode } from 'react';
import { i18n } from '../i18n/index.ts';
import { FullScreen } from './screen.tsx';

type State = { broken: boolean };

/** Shows a calm screen where a part of the page throws while it is drawn. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { broken: false };

  static getDerivedStateFromError(): State {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <FullScreen
        title={i18n.t('failure.crash')}
        button={i18n.t('common.reload')}
        onButton={() => location.reload()}
      >
        <p>{i18n.t('failure.crashText')}</p>
      </FullScreen>
    );
  }
}
