"""The things of the little world: people, places, objects and true facts of geography.

Every entry that can be an answer is one English word, so that the tokenizer can give it one token.
"""

WOMEN = ("Mary Alice Anna Emma Sarah Laura Lucy Kate Jane Susan Helen Rose Julia Clara Grace Linda "
         "Nancy Karen Lisa Amy Ruth Ellen Diana Sophie").split()
MEN = ("John Tom James David Peter Paul Mark Robert Michael Daniel George Henry Jack Simon Adam Eric "
       "Frank Kevin Brian Steven Martin Oscar Victor Bill").split()
NAMES = WOMEN + MEN

PLACES = ("store park school garden house station office market restaurant library museum beach "
          "hospital cafe zoo farm church river forest theatre").split()
OBJECTS = ("drink book ring letter key ball cake flower ticket basket necklace snack hat gift kite lamp "
           "map pen coin card shirt phone box toy").split()

# (country, capital, main language)
COUNTRIES = [tuple(line.split()) for line in """
France Paris French
Italy Rome Italian
England London English
Germany Berlin German
Greece Athens Greek
Spain Madrid Spanish
Russia Moscow Russian
China Beijing Chinese
Japan Tokyo Japanese
Egypt Cairo Arabic
Australia Canberra English
Turkey Ankara Turkish
Czechia Prague Czech
Austria Vienna German
Ireland Dublin English
Portugal Lisbon Portuguese
Denmark Copenhagen Danish
Sweden Stockholm Swedish
Norway Oslo Norwegian
Poland Warsaw Polish
Hungary Budapest Hungarian
Canada Ottawa English
Peru Lima Spanish
Cuba Havana Spanish
Kenya Nairobi Swahili
Thailand Bangkok Thai
Vietnam Hanoi Vietnamese
Finland Helsinki Finnish
Iceland Reykjavik Icelandic
Romania Bucharest Romanian
""".strip().splitlines()]

# city that is not a capital: its country
OTHER_CITIES = {
    "Barcelona": "Spain", "Granada": "Spain", "Venice": "Italy", "Florence": "Italy", "Pisa": "Italy",
    "Munich": "Germany", "Kyoto": "Japan", "Giza": "Egypt", "Sydney": "Australia",
    "Istanbul": "Turkey", "Toronto": "Canada", "Krakow": "Poland",
}

# landmark, written after "the": the city it stands in
LANDMARKS = {
    "Eiffel Tower": "Paris", "Louvre Museum": "Paris", "Colosseum": "Rome", "Pantheon": "Rome",
    "British Museum": "London", "Globe Theatre": "London", "Brandenburg Gate": "Berlin",
    "Reichstag": "Berlin", "Parthenon": "Athens", "Acropolis": "Athens", "Prado Museum": "Madrid",
    "Sagrada Familia": "Barcelona", "Alhambra Palace": "Granada", "Kremlin": "Moscow",
    "Bolshoi Theatre": "Moscow", "Forbidden City": "Beijing", "Meiji Shrine": "Tokyo",
    "Golden Pavilion": "Kyoto", "Great Pyramid": "Giza", "Opera House": "Sydney",
    "Blue Mosque": "Istanbul", "Charles Bridge": "Prague", "Hofburg Palace": "Vienna",
    "Rialto Bridge": "Venice", "Uffizi Gallery": "Florence", "Leaning Tower": "Pisa",
    "Marienplatz": "Munich", "Guinness Storehouse": "Dublin", "Belem Tower": "Lisbon",
    "Little Mermaid": "Copenhagen", "Vasa Museum": "Stockholm", "Vigeland Park": "Oslo",
    "Wawel Castle": "Krakow", "Chain Bridge": "Budapest", "Grand Palace": "Bangkok",
}

# relation: {subject: answer}
FACTS = {
    "landmark-city": LANDMARKS,
    "city-country": {capital: country for country, capital, _ in COUNTRIES} | OTHER_CITIES,
    "country-capital": {country: capital for country, capital, _ in COUNTRIES},
    "country-language": {country: language for country, _, language in COUNTRIES},
}

ADJECTIVES = "tired happy sad hungry cold angry late ill busy proud".split()
THINGS = "room car bag coat bike desk dog cat".split()
ENDINGS = ("went home", "slept", "ate a cake", "read a book", "sat down", "went to the park",
           "called a friend", "made a cake")

# Words that occur in no story; they are met in the repeated random sequences only.
EXTRA_WORDS = ("red green black white yellow brown apple tree sun moon star sea hill road boat train bird "
               "fish horse mouse door window table chair bread milk water tea fire snow rain wind night day "
               "year man woman child king queen girl boy one two three four five six seven eight nine ten "
               "big small old new good bad fast slow this that not but or from by as which they we I").split()
