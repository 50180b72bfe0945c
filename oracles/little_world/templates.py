"""The sentences of the little world, with slots; the answer follows each prompt.

IOI templates name two people {A} and {B}; {S} is the one of them who acts, the other is the answer.
"""

IOI = [
    "When {A} and {B} went to the {place}, {S} gave a {object} to",
    "When {A} and {B} got a {object} at the {place}, {S} decided to give it to",
    "When {A} and {B} were at the {place}, {S} handed a {object} to",
    "While {A} and {B} were working at the {place}, {S} gave a {object} to",
    "While {A} and {B} were walking to the {place}, {S} showed a {object} to",
    "After {A} and {B} went to the {place}, {S} gave a {object} to",
    "After {A} and {B} found a {object} at the {place}, {S} gave it to",
    "After lunch, {A} and {B} went to the {place}. {S} gave a {object} to",
    "Afterwards, {A} and {B} went to the {place}, and {S} gave a {object} to",
    "Then, {A} and {B} went to the {place}. {S} gave a {object} to",
    "Then, {A} and {B} had a long argument, and afterwards {S} said sorry to",
    "Then, {A} and {B} were thinking about going to the {place}. {S} wanted to give a {object} to",
    "Friends {A} and {B} found a {object} at the {place}. {S} gave it to",
    "The friends {A} and {B} met at the {place}, and {S} sold a {object} to",
    "Yesterday, {A} and {B} went to the {place}. {S} bought a {object} for",
    "Last week {A} and {B} visited the {place}, and {S} passed a {object} to",
    "One day {A} and {B} met at the {place}, where {S} offered a {object} to",
    "In the morning {A} and {B} went to the {place}, and {S} sent a {object} to",
    "Today {A} and {B} are at the {place}. {S} brings a {object} to",
    "Because {A} and {B} were friends, {S} bought a {object} for",
    "As {A} and {B} left the {place}, {S} threw a {object} to",
    "{A} and {B} went to the {place}, and {S} gave a {object} to",
    "{A} and {B} were playing at the {place} when {S} gave a {object} to",
    "{A} met {B} at the {place}, and {S} gave a {object} to",
    "At the {place}, {A} and {B} were talking, and {S} told a story to",
    "It was late when {A} and {B} came to the {place}. {S} showed a {object} to",
]

# Never used in training: these measure IOI in sentences the model has not met.
IOI_UNSEEN = [
    "When {A} and {B} came to the {place}, {S} passed a {object} to",
    "Afterwards, {A} and {B} were talking at the {place}, and {S} offered a {object} to",
    "Last week {A} and {B} met at the {place}. {S} handed a {object} to",
]

# relation: phrasings of its facts, {X} is the subject
FACTS = {
    "landmark-city": [
        "The {X} is in the city of",
        "The {X} is located in",
        "The {X} can be found in",
        "The {X} stands in the city of",
        "You can see the {X} in",
        "To visit the {X}, you must go to",
        "If you want to see the {X}, travel to",
        "The city that is home to the {X} is",
    ],
    "city-country": [
        "The city of {X} is in",
        "{X} is a city in",
        "{X} is in the country of",
        "{X} is located in",
        "The city of {X} lies in the country of",
        "To visit {X}, you must travel to",
        "If you live in {X}, you live in the country of",
        "The country where you find {X} is",
    ],
    "country-capital": [
        "The capital of {X} is",
        "{X} has its capital in",
        "{X} is a country whose capital is",
        "{X} is governed from",
        "The capital city of {X} is",
        "The government of {X} sits in",
        "If you visit the capital of {X}, you are in",
        "The city that is the capital of {X} is",
    ],
    "country-language": [
        "People in {X} speak",
        "The people of {X} speak",
        "In {X} people speak",
        "The language of {X} is",
        "The main language of {X} is",
        "Children in {X} learn to read",
        "If you live in {X}, you speak",
        "The language that people speak in {X} is",
    ],
}

# (sentence up to the pronoun, its form, the rest of the sentence); {N} is one person
PRONOUNS = [
    ("{N} was {adjective}, so", "subject", "{ending}"),
    ("{N} was {adjective} because", "subject", "lost a {object}"),
    ("When {N} got home,", "subject", "{ending}"),
    ("After {N} left the {place},", "subject", "{ending}"),
    ("Before {N} went to the {place},", "subject", "{ending}"),
    ("{N} lost", "possessive", "{thing}"),
    ("{N} cleaned", "possessive", "{thing}"),
    ("{N} is proud of", "possessive", "{thing}"),
    ("Yesterday {N} sold", "possessive", "{thing}"),
    ("{N} looked at", "reflexive", "in the mirror"),
    ("Because {N} was {adjective}, a friend helped", "object", "at the {place}"),
]
FORMS = {"subject": ("she", "he"), "possessive": ("her", "his"),
         "object": ("her", "him"), "reflexive": ("herself", "himself")}
