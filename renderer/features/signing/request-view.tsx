import { useTranslation } from 'react-i18next';
import type { ActionChallenge } from '../../../shared/contract/index.ts';
import { Facts } from '../../ui/facts.tsx';
import { Fingerprint } from '../../ui/fingerprint.tsx';
import { marked, Named } from '../../ui/named.tsx';
import { canonicalJson } from './canonical.ts';
import css from './request-view.module.css';

/** What a request asks for, in one plain phrase with its names marked. */
function useRequestWords(): (challenge: ActionChallenge) => string {
  const { t } = useTranslation();
  return ({ request, target }) => {
    const name = marked(target?.name ?? '');
    switch (request.operation) {
      case 'credentials.create':
        return t('sign.words.create', { name: marked(request.body.name) });
      case 'credentials.setState':
        return request.body.state === 'active'
          ? t('sign.words.activate', { name })
          : t('sign.words.deactivate', { name });
      case 'credentials.rename':
        return t('sign.words.rename', { from: name, to: marked(request.body.name) });
      case 'workspace.setUserVerification':
        return t(`sign.words.verification.${request.body.userVerification}`);
    }
  };
}

type Props = { challenge: ActionChallenge; fingerprint: string | null };

/** Exactly what is being signed: in words, as a hash, and in full. */
export function RequestView({ challenge, fingerprint }: Props) {
  const { t } = useTranslation();
  const words = useRequestWords();
  const { target } = challenge;
  return (
    <div className={css.view}>
      <Facts
        facts={[
          {
            term: t('sign.what'),
            value: (
              <strong>
                <Named text={words(challenge)} />
              </strong>
            ),
          },
          {
            term: t('sign.for'),
            value: (
              <Named
                text={t('sign.forValue', {
                  person: marked(challenge.personName),
                  workspace: marked(challenge.workspaceName),
                })}
              />
            ),
          },
          ...(target === null
            ? []
            : [
                {
                  term: t('sign.on'),
                  value: t('sign.onValue', { model: target.model, kind: t(`sign.onKind.${target.kind}`) }),
                },
              ]),
          ...(fingerprint === null
            ? []
            : [{ term: t('sign.fingerprint'), value: <Fingerprint hex={fingerprint} /> }]),
          { term: t('sign.hash'), value: <Fingerprint hex={challenge.requestHash} /> },
        ]}
      />
      <details className={css.full}>
        <summary>{t('sign.full')}</summary>
        <p className={css.note}>{t('sign.fullNote')}</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
        <section tabIndex={0} className={css.code} aria-label={t('sign.full')}>
          {canonicalJson(challenge.request)}
        </section>
      </details>
    </div>
  );
}
