import '../ui/tokens.css';
import '../ui/base.css';
import { createRoot } from 'react-dom/client';
import { I18nextProvider } from 'react-i18next';
import { i18n } from '../i18n/index.ts';
import { App } from './app.tsx';
import { createServices, ServicesProvider } from './services.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no root element.');

const services = createServices(window.keywright);
void services.app.refresh();

createRoot(root).render(
  <I18nextProvider i18n={i18n}>
    <ServicesProvider services={services}>
      <App />
    </ServicesProvider>
  </I18nextProvider>,
);
