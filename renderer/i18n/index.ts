import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app';
    resources: { app: typeof en };
  }
}

/** The texts of the interface. Another language is another file like en.ts. */
export const i18n = i18next.createInstance();

void i18n.use(initReactI18next).init({
  lng: 'en',
  fallbackLng: 'en',
  ns: ['app'],
  defaultNS: 'app',
  resources: { en: { app: en } },
  interpolation: { escapeValue: false },
  initAsync: false,
});
