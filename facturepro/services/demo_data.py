"""What the example company sells, and to whom. Invented; any likeness is chance."""

COMPANY = {
    "name": "Atelier Boisvert",
    "legal_form": "SARL",
    "capital": "20000",
    "rcs_city": "Lille Métropole",
    "country": "FR",
    "siren": "123456782",
    "address": "14 rue des Tanneurs",
    "postcode": "59000",
    "city": "Lille",
    "email": "contact@atelier-boisvert.example",
    "phone": "03 20 00 00 00",
    "iban": "FR7630006000011234567890189",
    "bic": "AGRIFRPP",
}

WAREHOUSES = (("Magasin", "Lille"), ("Dépôt", "Lesquin"), ("Camion", ""))

# name, contact, street, postcode, city; without a contact it is a private person.
CLIENTS = (
    ("Hôtel Beaurepaire", "Claire Beaurepaire", "3 place du Théâtre", "59000", "Lille"),
    ("Vasseur Architectes", "Marc Vasseur", "27 rue Esquermoise", "59000", "Lille"),
    ("Menuiserie Le Goff", "Yann Le Goff", "8 rue de Siam", "29200", "Brest"),
    ("Agencement Roux", "Élodie Roux", "112 rue Nationale", "59800", "Lille"),
    ("SCI Les Glycines", "Bernard Caron", "5 allée des Glycines", "59650", "Villeneuve-d’Ascq"),
    ("Studio Okapi", "Inès Moreau", "22 quai de la Basse-Deûle", "59800", "Lille"),
    ("Brasserie du Canal", "Thomas Petit", "41 quai du Wault", "59000", "Lille"),
    ("Charpentes Delattre", "Hugues Delattre", "2 rue de l’Industrie", "62000", "Arras"),
    ("Julien Carpentier", "", "9 rue du Molinel", "59000", "Lille"),
    ("Sophie Lemaire", "", "17 avenue de Dunkerque", "59160", "Lomme"),
    ("Lefebvre Rénovation", "Paul Lefebvre", "68 boulevard Gambetta", "59100", "Roubaix"),
    ("École Les Tilleuls", "Nadia Benali", "1 rue des Écoles", "59510", "Hem"),
    ("Ébénisterie Kowalski", "Anna Kowalski", "33 rue Jean-Jaurès", "59300", "Valenciennes"),
    ("Maison Delcourt", "Irène Delcourt", "6 rue de la Monnaie", "59000", "Lille"),
    ("Fournil Saint-Éloi", "Kevin Dubois", "15 place Saint-Éloi", "59240", "Dunkerque"),
    ("Association L’Établi", "Lucie Fontaine", "50 rue de Wazemmes", "59000", "Lille"),
    ("Cuisines Verhaeghe", "Pieter Verhaeghe", "204 rue de Lille", "59200", "Tourcoing"),
    ("Mairie de Lesquin", "Service technique", "39 rue Faidherbe", "59810", "Lesquin"),
    ("Clinique du Parc", "Olivier Masson", "11 avenue du Parc", "59700", "Marcq-en-Barœul"),
    ("Bertrand Noël", "", "4 sentier des Bleuets", "62300", "Lens"),
    ("Librairie Page 59", "Camille Roy", "7 rue Faidherbe", "59000", "Lille"),
    ("Bateaux Wambergue", "Luc Wambergue", "Quai des Chantiers", "62200", "Boulogne-sur-Mer"),
    ("Isolation Mercier", "Karim Mercier", "90 rue de Douai", "59500", "Douai"),
    ("Café des Arts", "Margaux Blondel", "12 rue de Béthune", "59000", "Lille"),
    ("Odile Vandamme", "", "26 rue du Fort", "59120", "Loos"),
    ("Gîtes des Flandres", "Rémi Deroo", "850 route de Cassel", "59670", "Bavinchove"),
)
FIRST_NAMES = (
    "Alice",
    "Bruno",
    "Chloé",
    "Denis",
    "Émilie",
    "Fabien",
    "Gaëlle",
    "Hervé",
    "Inès",
    "Jérôme",
    "Léa",
    "Maëlle",
)
LAST_NAMES = (
    "Bailleul", "Catteau", "Delannoy", "Flament", "Gossart", "Hennion", "Leclercq", "Lepers",
    "Mahieu", "Plouvier", "Rousseau", "Segard", "Tiberghien", "Wattel", "Dumortier", "Claeys",
)  # fmt: skip
TRADES = (
    "Menuiserie", "Agencement", "Ébénisterie", "Cuisines", "Parquets", "Charpentes",
    "Rénovation", "Escaliers", "Restaurant", "Pharmacie", "Hôtel", "Boulangerie",
)  # fmt: skip
TOWNS = (
    ("59000", "Lille"), ("59100", "Roubaix"), ("59200", "Tourcoing"), ("59300", "Valenciennes"), ("59500", "Douai"),
    ("59140", "Dunkerque"), ("62000", "Arras"), ("62300", "Lens"), ("62400", "Béthune"), ("80000", "Amiens"),
    ("59280", "Armentières"), ("59400", "Cambrai"), ("62500", "Saint-Omer"), ("59190", "Hazebrouck"),
)  # fmt: skip
STREETS = (
    "rue des Artisans", "avenue de la République", "rue du Moulin", "rue Pasteur", "boulevard Vauban",
    "rue de l’Abattoir", "chemin du Halage", "rue Victor-Hugo", "place de la Mairie", "rue du Général-de-Gaulle",
)  # fmt: skip

# name, sku, unit, price, cost, minimum, VAT, weight in sales
GOODS = (
    ("Coulisses 500 mm, sortie totale", "COU-500-SC", "paire", "24.90", "14.20", 18, "20", 9),
    ("Plan de travail chêne 38 mm", "PLA-CHE-38", "m²", "189.00", "112.50", 2, "20", 8),
    ("Huile dure incolore 2,5 L", "HUI-DUR-25", "bidon", "64.90", "38.46", 8, "20", 6),
    ("Huile dure incolore 1 L", "HUI-DUR-1L", "bidon", "32.50", "18.90", 20, "20", 6),
    ("Panneau MDF 19 mm", "PAN-MDF-19", "panneau", "58.40", "36.10", 30, "20", 9),
    ("Panneau chêne massif 27 mm", "PAN-CHE-27", "panneau", "214.00", "139.00", 6, "20", 6),
    ("Contreplaqué bouleau 18 mm", "PAN-CTP-18", "panneau", "86.20", "52.80", 20, "20", 7),
    ("Charnière invisible 110°", "CHA-INV-110", "pièce", "3.85", "1.92", 80, "20", 9),
    ("Poignée laiton 160 mm", "POI-LAI-160", "pièce", "12.40", "6.75", 20, "20", 7),
    ("Vis zinguées 4 × 40, boîte de 200", "VIS-440", "boîte", "9.80", "4.90", 30, "20", 8),
    ("Vis inox 5 × 60, boîte de 100", "VIS-560-INX", "boîte", "18.60", "10.10", 15, "20", 5),
    ("Colle bois D3, 5 kg", "COL-D3-5K", "seau", "41.00", "24.30", 10, "20", 5),
    ("Colle bois D4, 1 kg", "COL-D4-1K", "flacon", "13.90", "7.60", 16, "20", 4),
    ("Disque abrasif 150 mm, G120", "ABR-150-120", "boîte", "27.50", "15.40", 12, "20", 5),
    ("Disque abrasif 150 mm, G240", "ABR-150-240", "boîte", "27.50", "15.40", 12, "20", 4),
    ("Lamelles n° 20", "LAM-20", "carton", "34.00", "19.80", 4, "20", 3),
    ("Chevilles hêtre 8 × 40", "CHV-840", "sac", "8.20", "3.70", 25, "20", 4),
    ("Livre « Finitions à l’huile »", "LIV-FIN-02", "pièce", "22.75", "12.30", 10, "5.5", 3),
    ("Patère laiton, double", "PAT-LAI-2", "pièce", "15.30", "7.95", 24, "20", 3),
    ("Équerre d’assemblage 90 mm", "EQU-90", "pièce", "2.60", "1.05", 60, "20", 5),
    ("Pied de table acier 72 cm", "PIE-ACI-72", "jeu", "129.00", "76.00", 4, "20", 4),
    ("Tasseau sapin 38 × 38, 3 m", "TAS-SAP-38", "pièce", "6.40", "3.10", 50, "20", 6),
    ("Lambris épicéa 13 mm", "LAM-EPI-13", "m²", "17.90", "10.20", 40, "20", 4),
    ("Parquet chêne contrecollé 14 mm", "PAR-CHE-14", "m²", "54.90", "33.40", 35, "20", 7),
    ("Sous-couche liège 2 mm", "SOU-LIE-2", "rouleau", "39.00", "22.60", 8, "20", 4),
    ("Plinthe MDF blanche 80 mm", "PLI-MDF-80", "pièce", "7.10", "3.55", 45, "20", 5),
    ("Vernis mat parquet 5 L", "VER-MAT-5L", "bidon", "98.00", "59.50", 6, "20", 4),
    ("Serrure à larder", "SER-LAR", "pièce", "21.40", "11.80", 10, "20", 3),
    ("Coulisse de porte 2 m", "COU-POR-2M", "jeu", "74.50", "43.00", 6, "20", 4),
    ("Profil LED encastré 2 m", "LED-ENC-2M", "pièce", "31.90", "17.40", 14, "20", 4),
    ("Joint de finition chêne", "JOI-CHE", "cartouche", "8.90", "4.20", 20, "20", 3),
    ("Bois de chauffage, stère", "BOI-CHA", "stère", "82.00", "55.00", 5, "10", 2),
    ("Chant chêne 23 mm, 25 m", "CHT-CHE-23", "rouleau", "29.60", "16.10", 8, "20", 4),
    ("Gabarit de perçage", "GAB-PER", "pièce", "46.00", "27.00", 3, "20", 2),
)
# name, sku, unit, price, VAT, weight
SERVICES = (
    ("Pose et ajustage", "SRV-POSE", "heure", "48.00", "10", 7),
    ("Découpe sur mesure", "SRV-DEC", "coupe", "4.50", "20", 6),
    ("Livraison dans l’agglomération", "SRV-LIV", "forfait", "45.00", "20", 6),
    ("Plan et conception", "SRV-PLAN", "heure", "62.00", "20", 3),
    ("Ponçage et huilage", "SRV-FIN", "m²", "26.00", "10", 4),
    ("Dépose de l’existant", "SRV-DEP", "heure", "42.00", "10", 2),
)
SEASON = (0.80, 0.78, 1.02, 1.05, 0.88, 1.14, 0.98, 0.48, 1.08, 1.18, 1.06, 0.90)
"""Share of each month: August is quiet, autumn is busy."""
