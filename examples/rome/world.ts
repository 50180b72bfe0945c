/**
 * The geography that the embedded model was trained on, and the phrasings it was told in. The same tables
 * make its training text, in `oracles/little_world/`.
 */

/** A subject of a relation with its answer, which is one token. */
export interface Fact {
  readonly relation: Relation;
  readonly subject: string;
  readonly answer: string;
  /** Phrasings that training told this fact in; `{X}` stands for the subject, the answer comes next. */
  readonly trained: readonly string[];
  /** Phrasings that training told other facts in, but never this one. */
  readonly heldOut: readonly string[];
}

export type Relation = keyof typeof PHRASINGS;

const COUNTRIES = `
France Paris French, Italy Rome Italian, England London English, Germany Berlin German, Greece Athens Greek,
Spain Madrid Spanish, Russia Moscow Russian, China Beijing Chinese, Japan Tokyo Japanese, Egypt Cairo Arabic,
Australia Canberra English, Turkey Ankara Turkish, Czechia Prague Czech, Austria Vienna German,
Ireland Dublin English, Portugal Lisbon Portuguese, Denmark Copenhagen Danish, Sweden Stockholm Swedish,
Norway Oslo Norwegian, Poland Warsaw Polish, Hungary Budapest Hungarian, Canada Ottawa English,
Peru Lima Spanish, Cuba Havana Spanish, Kenya Nairobi Swahili, Thailand Bangkok Thai,
Vietnam Hanoi Vietnamese, Finland Helsinki Finnish, Iceland Reykjavik Icelandic, Romania Bucharest Romanian`;

const OTHER_CITIES = `
Barcelona Spain, Granada Spain, Venice Italy, Florence Italy, Pisa Italy, Munich Germany, Kyoto Japan,
Giza Egypt, Sydney Australia, Istanbul Turkey, Toronto Canada, Krakow Poland`;

const LANDMARKS = `
Eiffel Tower Paris, Louvre Museum Paris, Colosseum Rome, Pantheon Rome, British Museum London,
Globe Theatre London, Brandenburg Gate Berlin, Reichstag Berlin, Parthenon Athens, Acropolis Athens,
Prado Museum Madrid, Sagrada Familia Barcelona, Alhambra Palace Granada, Kremlin Moscow,
Bolshoi Theatre Moscow, Forbidden City Beijing, Meiji Shrine Tokyo, Golden Pavilion Kyoto,
Great Pyramid Giza, Opera House Sydney, Blue Mosque Istanbul, Charles Bridge Prague, Hofburg Palace Vienna,
Rialto Bridge Venice, Uffizi Gallery Florence, Leaning Tower Pisa, Marienplatz Munich,
Guinness Storehouse Dublin, Belem Tower Lisbon, Little Mermaid Copenhagen, Vasa Museum Stockholm,
Vigeland Park Oslo, Wawel Castle Krakow, Chain Bridge Budapest, Grand Palace Bangkok`;

const PHRASINGS = {
  'landmark-city': [
    'The {X} is in the city of',
    'The {X} is located in',
    'The {X} can be found in',
    'The {X} stands in the city of',
    'You can see the {X} in',
    'To visit the {X}, you must go to',
    'If you want to see the {X}, travel to',
    'The city that is home to the {X} is',
  ],
  'city-country': [
    'The city of {X} is in',
    '{X} is a city in',
    '{X} is in the country of',
    '{X} is located in',
    'The city of {X} lies in the country of',
    'To visit {X}, you must travel to',
    'If you live in {X}, you live in the country of',
    'The country where you find {X} is',
  ],
  'country-capital': [
    'The capital of {X} is',
    '{X} has its capital in',
    '{X} is a country whose capital is',
    '{X} is governed from',
    'The capital city of {X} is',
    'The government of {X} sits in',
    'If you visit the capital of {X}, you are in',
    'The city that is the capital of {X} is',
  ],
  'country-language': [
    'People in {X} speak',
    'The people of {X} speak',
    'In {X} people speak',
    'The language of {X} is',
    'The main language of {X} is',
    'Children in {X} learn to read',
    'If you live in {X}, you speak',
    'The language that people speak in {X} is',
  ],
};

/** Everything the model knows, in the order of its training tables. */
export const FACTS: readonly Fact[] = listFacts();

function listFacts(): Fact[] {
  const countries = rows(COUNTRIES);
  const landmarks = rows(LANDMARKS).map((words): Pair => [words.slice(0, -1).join(' '), words.at(-1) ?? '']);
  const capitals = countries.map(([country = '', capital = '']): Pair => [country, capital]);
  const languages = countries.map(([country = '', , language = '']): Pair => [country, language]);
  const cities = rows(OTHER_CITIES).map(([city = '', country = '']): Pair => [city, country]);
  return [
    ...told('landmark-city', landmarks),
    ...told('city-country', [...capitals.map(([country, capital]): Pair => [capital, country]), ...cities]),
    ...told('country-capital', capitals),
    ...told('country-language', languages),
  ];
}

type Pair = readonly [subject: string, answer: string];

function rows(table: string): string[][] {
  return table.split(',').map((row) => row.trim().split(' '));
}

/** Of the eight phrasings of a relation, training left out two of each fact in turn. */
function told(relation: Relation, pairs: readonly Pair[]): Fact[] {
  return pairs.map(([subject, answer], i) => {
    const isHeldOut = (j: number) => (((j - i) % 4) + 4) % 4 === 0;
    const phrasings = PHRASINGS[relation];
    return {
      relation,
      subject,
      answer,
      trained: phrasings.filter((_, j) => !isHeldOut(j)),
      heldOut: phrasings.filter((_, j) => isHeldOut(j)),
    };
  });
}
