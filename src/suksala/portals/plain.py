"""What a reading means, in words a grandmother can use: careful, never a diagnosis, always what to do next.

Limits: Thai hypertension guideline 2024 (office pressure 140/90; 180/110 severe); diabetes guideline 2566 (HbA1c
target below 7 % for most adults, individual targets differ). Readings are dated, so an old value is seen to be old.
"""

from __future__ import annotations

from .record import Reading
from .texts import Text

SEVERE, HIGH, LOW = (180.0, 110.0), (140.0, 90.0), 90.0
HBA1C_TARGET, HBA1C_HIGH = 7.0, 9.0


def pressure(reading: Reading) -> Text:
    """What an office blood pressure says."""
    if len(reading.numbers) < 2:
        return Text("ค่าไม่ครบ ถามเจ้าหน้าที่ในครั้งถัดไป", "The reading is incomplete; ask at the next visit.")
    upper, lower = reading.numbers
    if upper >= SEVERE[0] or lower >= SEVERE[1]:
        return Text(
            "สูงมากในวันนั้น หากวันนี้ยังสูง หรือเจ็บหน้าอก แขนขาอ่อนแรง พูดไม่ชัด ให้โทร 1669 ทันที",
            "Very high that day. If it still is, or with chest pain, weakness or unclear speech, call 1669 now.",
        )
    if upper >= HIGH[0] or lower >= HIGH[1]:
        return Text(
            "สูงกว่าเกณฑ์ 140/90 ในวันนั้น ควรวัดซ้ำและนำค่าที่วัดได้ไปปรึกษาเจ้าหน้าที่ กินยาตามที่แพทย์สั่ง",
            "Above 140/90 that day. Measure again, show the readings at your health centre, keep taking medicines.",
        )
    if upper < LOW:  # a lower number alone is common and harmless in fit and in older people
        return Text(
            "ค่อนข้างต่ำในวันนั้น หากหน้ามืดหรือเวียนศีรษะ ควรปรึกษาเจ้าหน้าที่",
            "Rather low that day. If you feel faint or dizzy, ask at your health centre.",
        )
    return Text("ต่ำกว่าเกณฑ์ 140/90 ในวันนั้น", "Below 140/90 that day.")


def hba1c(reading: Reading) -> Text:
    """What a glycated haemoglobin says: the mean sugar of about three months."""
    value = reading.numbers[0]
    if value < HBA1C_TARGET:
        return Text(
            "น้ำตาลเฉลี่ยราวสามเดือนก่อนตรวจ ต่ำกว่า 7% ซึ่งเป็นเป้าหมายของผู้เป็นเบาหวานส่วนใหญ่",
            "Mean sugar of about three months before the test: below 7%, the target for most people with diabetes.",
        )
    if value < HBA1C_HIGH:
        return Text(
            "น้ำตาลเฉลี่ยราวสามเดือนก่อนตรวจ สูงกว่า 7% เป้าหมายของแต่ละคนไม่เท่ากัน ถามแพทย์ว่าของท่านควรเป็นเท่าใด",
            "Mean sugar of about three months: above 7%. Targets differ; ask your doctor what yours is.",
        )
    return Text(
        "น้ำตาลเฉลี่ยราวสามเดือนก่อนตรวจ สูงมาก ควรพบเจ้าหน้าที่เร็วกว่าวันนัด อย่าหยุดหรือเพิ่มยาเอง",
        "Mean sugar of about three months: very high. See your team soon; do not change medicines yourself.",
    )


def weight(reading: Reading, earlier: Reading | None) -> Text:
    """How the weight moved since an earlier reading, in kilograms; no judgement without the height."""
    if earlier is None:
        return Text("ยังไม่มีค่าครั้งก่อนให้เทียบ", "No earlier value to compare with.")
    change = reading.numbers[0] - earlier.numbers[0]
    if abs(change) < 0.5:
        return Text("ใกล้เคียงครั้งก่อน", "About the same as the time before.")
    amount = f"{abs(change):.1f}"
    if change > 0:
        return Text(f"เพิ่มขึ้น {amount} กก. จากครั้งก่อน", f"Up {amount} kg since the time before.")
    return Text(f"ลดลง {amount} กก. จากครั้งก่อน", f"Down {amount} kg since the time before.")
