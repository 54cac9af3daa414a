"""The text that families of the demo consent to."""

GERMAN = """Einwilligung zur Teilnahme am Clever Vibes Club

Der Club belohnt Zeit, die Jugendliche gemeinsam mit anderen für Bildung einsetzen. Dafür brauchen wir Ihre Einwilligung.

1. Was gespeichert wird: Vorname, Benutzername, Geburtsdatum, die eingetragenen Zeiten mit einem Satz dazu, wer sie bestätigt hat, und die Coins. Kein Foto, keine Adresse, keine Noten.
2. Wer es sieht: Ihr Kind, Sie, die von Ihnen benannten Vertrauenspersonen und das Team des Vereins. Förderer sehen nur Summen, Partner nur den Einlöse-Code.
3. Wozu: um Zeiten zu bestätigen, in Coins umzurechnen und Belohnungen einzulösen. Nicht für Werbung.
4. Wie lange: bis zum Austritt oder zum 21. Geburtstag. Buchungen bleiben ohne Namen erhalten.
5. Ihr Recht: Sie können jederzeit widerrufen, mit einem Tippen und ohne Grund. Danach zählt nichts Neues mehr; vorhandene Coins lassen sich noch 90 Tage einlösen. Sie können alles ansehen, berichtigen, mitnehmen und löschen lassen.

Die Teilnahme ist freiwillig und kostet nichts."""

TURKISH = """Clever Vibes Club'a katılım için onay

Kulüp, gençlerin başkalarıyla birlikte eğitim için ayırdığı zamanı ödüllendirir. Bunun için onayınıza ihtiyacımız var.

1. Neler kaydedilir: ad, kullanıcı adı, doğum tarihi, girilen süreler ve bir cümlelik açıklama, süreyi kimin onayladığı ve coinler. Fotoğraf, adres ve not kaydedilmez.
2. Kimler görür: çocuğunuz, siz, sizin belirlediğiniz güvenilen kişiler ve derneğin ekibi. Destekçiler yalnızca toplamları, iş ortakları yalnızca ödül kodunu görür.
3. Ne için: süreleri onaylamak, coine çevirmek ve ödülleri kullanmak için. Reklam için değil.
4. Ne kadar süre: üyelikten çıkana ya da 21. doğum gününe kadar. Hesap hareketleri isimsiz olarak saklanır.
5. Hakkınız: onayınızı istediğiniz zaman, tek dokunuşla ve sebep göstermeden geri alabilirsiniz. Ondan sonra yeni süreler sayılmaz; mevcut coinler 90 gün daha kullanılabilir. Her şeyi görebilir, düzeltebilir, yanınıza alabilir ve sildirebilirsiniz.

Katılım gönüllüdür ve ücretsizdir. Bağlayıcı olan Almanca metindir."""
